/**
 * The URL of a socket.
 *
 * @module
 */

import type { Api } from "./api.ts";
import type { Conversation } from "./conversation.ts";
import { toSessionId } from "./ids.ts";

/** Whose socket is opened: a visitor, who has a token or is new, or a user. */
export type SocketUser =
  | {
      readonly api: null;
      readonly token: string | null | undefined;
      /** The bot of a new conversation; the default bot if it is omitted. */
      readonly botId: string | undefined;
    }
  | {
      readonly api: Api;
      /** Returns the conversation that the socket is opened for; `undefined` if the server chooses. */
      readonly getConversation: () => Conversation | undefined;
    };

/**
 * Create the URL of the next socket. A URL with a ticket opens one socket.
 *
 * @throws `ApiError` | `SignedOutError`
 */
export async function createSocketUrl(wsUrl: string, user: SocketUser): Promise<string> {
  const url = new URL(wsUrl);
  const set = (name: string, value: string | null | undefined): void => {
    if (value) url.searchParams.set(name, value);
  };
  // Answers arrive in pieces, and quick replies within messages only.
  set("stream", "1");
  set("suggestions", "message");
  if (user.api === null) {
    set("session_token", user.token);
    set("bot_id", user.botId);
  } else {
    set("ticket", await user.api.createTicket());
    const key = user.getConversation()?.key;
    set("session_id", key && toSessionId(key));
  }
  return url.href;
}
