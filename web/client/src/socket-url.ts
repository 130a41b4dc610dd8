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
      readonly visitorToken: string | null;
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
  // Answers arrive in pieces.
  url.searchParams.set("stream", "1");
  if ("visitorToken" in user) {
    if (user.visitorToken !== null) url.searchParams.set("session_token", user.visitorToken);
    if (user.botId !== undefined) url.searchParams.set("bot_id", user.botId);
    return url.href;
  }
  url.searchParams.set("ticket", await user.api.createTicket());
  const key = user.getConversation()?.key ?? null;
  if (key !== null) url.searchParams.set("session_id", toSessionId(key));
  return url.href;
}
