/**
 * The lines of the log: messages, the days between them, and notes.
 *
 * @module
 */

import type { Entry } from "../../../client/src/entry.ts";

/** A message, or a note between two conversations. */
export type Row =
  | { readonly key: string; readonly entry: Entry; readonly note?: never }
  | { readonly key: string; readonly entry?: never; readonly note: string };

export type Line =
  | { readonly kind: "note" | "day"; readonly key: string; readonly text: string }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly entry: Entry;
      /** Whether the next message is of another sender, or written more than five minutes later. */
      readonly endsGroup: boolean;
    };

const GROUP_MS = 5 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

/**
 * Return the lines of some rows.
 *
 * @param start - The index of the first row.
 * @param end - The index after the last row.
 * @param locale - A BCP 47 tag.
 */
export function listLines(rows: readonly Row[], start: number, end: number, locale: string): readonly Line[] {
  return rows.slice(start, end).flatMap((row, index): readonly Line[] => {
    const { key, entry, note } = row;
    if (entry === undefined) return [{ kind: "note", key, text: note }];
    const endsGroup = !continuesGroup(entry, rows[start + index + 1]?.entry);
    const line: Line = { kind: "message", key, entry, endsGroup };
    if (isSameDay(entry, rows[start + index - 1]?.entry)) return [line];
    return [{ kind: "day", key: `day-${key}`, text: formatDay(entry.timestamp, locale) }, line];
  });
}

/** Return the day of a timestamp in words: today, yesterday, or the date. */
function formatDay(timestamp: string, locale: string): string {
  const day = new Date(timestamp);
  const daysAgo = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(timestamp).setHours(0, 0, 0, 0)) / DAY_MS);
  if (daysAgo < 0 || daysAgo > 1) {
    const year = day.getFullYear() === new Date().getFullYear() ? {} : ({ year: "numeric" } as const);
    return day.toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long", ...year });
  }
  const word = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-daysAgo, "day");
  return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
}

function isSameDay(entry: Entry, before: Entry | undefined): boolean {
  return before !== undefined && new Date(entry.timestamp).toDateString() === new Date(before.timestamp).toDateString();
}

function continuesGroup(entry: Entry, next: Entry | undefined): boolean {
  if (next === undefined || next.sender !== entry.sender || !isSameDay(entry, next)) return false;
  return Date.parse(next.timestamp) - Date.parse(entry.timestamp) < GROUP_MS;
}
