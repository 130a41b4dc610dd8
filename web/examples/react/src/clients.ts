import { ConversationsClient, SignedOutError } from "@general-bots/conversations-client";

const URLS = {
  apiUrl: `${location.origin}/api`,
  wsUrl: `${location.origin.replace(/^http/, "ws")}/ws`,
  storage: sessionStorage,
};

export function createVisitorClient(): ConversationsClient {
  return new ConversationsClient(URLS);
}

/** Create the client of a demo user of the local stack; your app gets the token from its sign-in page. */
export function createUserClient(username: string): ConversationsClient {
  let token: string | null = null;
  const getToken = async ({ fresh }: { readonly fresh: boolean }): Promise<string> => {
    if (token === null || fresh) token = await fetchToken(username);
    return token;
  };
  return new ConversationsClient({ ...URLS, account: username, token: getToken });
}

async function fetchToken(username: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  const response = await fetch("/demo/token", { method: "POST", headers, body: JSON.stringify({ username }) });
  if (response.status === 404) throw new SignedOutError();
  if (!response.ok) throw new Error(`The sign-in failed with status ${response.status}.`);
  return (await response.json()).token;
}
