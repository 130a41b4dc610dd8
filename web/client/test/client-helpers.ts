/** Helpers of the tests of the client. */

import assert from "node:assert/strict";
import { type Conversation, type ConversationsClient, MemoryStorage } from "../src/index.ts";
import type { FakeServer } from "./server.ts";

export interface OpenedClient {
  readonly client: ConversationsClient;
  readonly conversation: Conversation;
  readonly key: string;
}

/** Open a conversation as a signed-in user. */
export async function openAsUser(
  server: FakeServer,
  key = server.createConversation(),
  client = server.createUserClient(),
): Promise<OpenedClient> {
  const conversation = client.conversation(`conv-${key}`);
  client.connect();
  await server.clock.advance(0);
  return { client, conversation, key };
}

/** Open a conversation as an anonymous visitor. */
export async function openAsVisitor(
  server: FakeServer,
  storage = new MemoryStorage(),
): Promise<OpenedClient & { readonly storage: MemoryStorage }> {
  const client = server.createVisitorClient({ storage });
  const conversation = client.conversation();
  client.connect();
  await server.clock.advance(0);
  return { client, conversation, key: conversation.id?.slice("conv-".length) ?? "", storage };
}

export const listTexts = ({ messages }: Conversation): string[] => messages.map(({ content }) => content);

/** Assert that the conversation shows exactly the messages on the server. */
export function assertMatchesServer(server: FakeServer, { messages }: Conversation, key: string): void {
  assert.deepEqual(
    messages.map(({ id, seq, content }) => ({ id, seq, content })),
    server.listMessages(key).map(({ id, seq, content }) => ({ id, seq, content })),
  );
}
