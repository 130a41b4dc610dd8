/**
 * The conversations that components show. Rendering opens none: components can be rendered without being mounted.
 *
 * @module
 */

import type { Conversation, ConversationsClient } from "@general-bots/conversations-client";

/** Until a conversation that no component shows is closed: another one may show it next. */
const CLOSE_DELAY_MS = 1_000;

interface Opened {
  readonly conversation: Conversation;
  users: number;
}

const openedByClient = new WeakMap<ConversationsClient, Map<string, Opened>>();

/** Return a conversation that another component shows. */
export function findOpened(client: ConversationsClient, id: string | undefined): Conversation | null {
  return (id !== undefined && openedByClient.get(client)?.get(id)?.conversation) || null;
}

/**
 * Open a conversation.
 *
 * @param id - Without it, the conversation that the server chooses; the client keeps that one open.
 * @returns The conversation, and a function that closes it if no other component shows it.
 */
export function openConversation(client: ConversationsClient, id: string | undefined): [Conversation, () => void] {
  if (id === undefined) return [client.conversation(), () => undefined];
  const all = openedByClient.get(client) ?? new Map<string, Opened>();
  openedByClient.set(client, all);
  const opened = all.get(id) ?? { conversation: client.conversation(id), users: 0 };
  all.set(id, opened);
  opened.users += 1;
  const release = (): void => {
    opened.users -= 1;
    setTimeout(() => {
      if (opened.users > 0 || all.get(id) !== opened) return;
      all.delete(id);
      opened.conversation.close();
    }, CLOSE_DELAY_MS);
  };
  return [opened.conversation, release];
}
