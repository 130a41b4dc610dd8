/**
 * Times in the list of conversations.
 *
 * @module
 */

import type { Locale } from "./texts/index.ts";

/** Formats times in the format of a locale. */
export class Times {
  readonly #yesterday: string;
  readonly #time: Intl.DateTimeFormat;
  readonly #weekday: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #exact: Intl.DateTimeFormat;

  constructor({ tag, texts }: Locale) {
    this.#yesterday = texts.yesterday;
    this.#time = new Intl.DateTimeFormat(tag, { timeStyle: "short" });
    this.#weekday = new Intl.DateTimeFormat(tag, { weekday: "short" });
    this.#date = new Intl.DateTimeFormat(tag, { day: "numeric", month: "short" });
    this.#exact = new Intl.DateTimeFormat(tag, { dateStyle: "full", timeStyle: "medium" });
  }

  /** The time of today, the name of a day of the last week, or the date. */
  formatShort(timestamp: string): string {
    const days = countDaysAgo(timestamp);
    if (days === 0) return this.#time.format(new Date(timestamp));
    if (days === 1) return this.#yesterday;
    return (days < 7 ? this.#weekday : this.#date).format(new Date(timestamp));
  }

  formatExact(timestamp: string): string {
    return this.#exact.format(new Date(timestamp));
  }
}

function countDaysAgo(timestamp: string): number {
  const today = new Date().setHours(0, 0, 0, 0);
  const day = new Date(timestamp).setHours(0, 0, 0, 0);
  return Math.round((today - day) / 86_400_000);
}
