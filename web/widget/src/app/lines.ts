/**
 * The lines of the log: messages, and notes between them.
 *
 * @module
 */

import type { Entry } from "../../../client/src/entry.ts";

export type Line =
  | { readonly kind: "note"; readonly key: string; readonly text: string }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly entry: Entry;
      /** Whether the next message is of another sender, or written more than five minutes later. */
      readonly endsGroup: boolean;
    };

const GROUP_MS = 5 * 60_000;

/**
 * Return the lines of a conversation.
 *
 * @param offset - The number of lines before them: the keys of two conversations are the same.
 */
export function listLines(entries: readonly Entry[], offset: number): readonly Line[] {
  return entries.map((entry, index) => ({
    kind: "message",
    key: `${offset}-${entry.key}`,
    entry,
    endsGroup: !continuesGroup(entry, entries[index + 1]),
  }));
}

function continuesGroup(entry: Entry, next: Entry | undefined): boolean {
  if (next === undefined || next.sender !== entry.sender) return false;
  return Date.parse(next.timestamp) - Date.parse(entry.timestamp) < GROUP_MS;
}
