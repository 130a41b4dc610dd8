import { type ClientOptions, type Conversation, ConversationsClient, type Entry } from "@general-bots/conversations-client";
import { WebSocket } from "ws";

const options: ClientOptions = {
  apiUrl: "https://chat.example.com/api",
  wsUrl: "wss://chat.example.com/ws",
  webSocket: WebSocket,
};

export function startChat(show: (messages: readonly Entry[]) => void): Conversation {
  const client = new ConversationsClient(options);
  const conversation = client.conversation();
  conversation.on("change", ({ messages }) => show(messages));
  client.connect();
  return conversation;
}

// The class of the browser is one too.
export const client: ConversationsClient = new ConversationsClient({ ...options, webSocket: globalThis.WebSocket });
// @ts-expect-error: the types are not `any`.
export const wrong: number = client.state;
