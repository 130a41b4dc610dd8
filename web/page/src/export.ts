/**
 * A file with everything that is stored about the user.
 *
 * @module
 */

import type { ConversationSummary, ExportPage, StoredMessage } from "../../client/src/protocol.ts";

/** Everything that is stored about the user. */
export interface ExportedData {
  readonly conversations: readonly {
    readonly conversation: ConversationSummary;
    readonly messages: readonly StoredMessage[];
  }[];
  readonly memories: NonNullable<ExportPage["memories"]>;
}

/**
 * Load all pages and merge those of one conversation: what is said meanwhile is on a later page again.
 *
 * @param load - Loads the page at a cursor, or the first one.
 */
export async function exportData(load: (cursor: string | null) => Promise<ExportPage>): Promise<ExportedData> {
  const conversations = new Map<string, { conversation: ConversationSummary; messages: Map<string, StoredMessage> }>();
  const memories: ExportedData["memories"][number][] = [];
  let cursor: string | null = null;
  do {
    const page: ExportPage = await load(cursor);
    if (page.conversation !== undefined) {
      const { conversation } = page;
      const messages = conversations.get(conversation.id)?.messages ?? new Map<string, StoredMessage>();
      for (const message of page.messages ?? []) messages.set(message.id, message);
      conversations.set(conversation.id, { conversation, messages });
    }
    memories.push(...(page.memories ?? []));
    cursor = page.next_cursor ?? null;
  } while (cursor !== null);
  return {
    conversations: [...conversations.values()].map(({ conversation, messages }) => ({
      conversation,
      messages: [...messages.values()].toSorted((a, b) => a.seq - b.seq),
    })),
    memories,
  };
}

/** Save JSON as a file of the user. */
export function saveFile(name: string, content: ExportedData): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: "application/json" }));
  link.download = name;
  link.click();
  // The browser has begun to read the file.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
