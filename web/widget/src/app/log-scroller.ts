/**
 * Which rows the log contains, and where it is scrolled to: the end stays visible while the user reads there, and what
 * they read elsewhere stays in its place.
 *
 * @module
 */

import type { Row } from "./lines.ts";

/** Pixels from the end that still count as the end. */
const TOLERANCE = 24;
/** Rows are added when the user is so many pixels from the first or last one. */
const MARGIN = 800;
const PAGE = 50;
/** The most rows in the log, so that a conversation of any length scrolls fluently. */
const MAX_ROWS = 200;

/** Scrolls a log, and chooses the rows that it contains. */
export class LogScroller {
  #isAtEnd = true;
  /** The keys of the first and last row of the log; the newest rows without them. */
  #firstKey: string | null = null;
  #lastKey: string | null = null;
  /** The element whose place is kept, and its distance from the top. */
  #anchor: { readonly element: Element; readonly top: number } | null = null;

  /** Whether the end is visible. */
  get isAtEnd(): boolean {
    return this.#isAtEnd && this.#lastKey === null;
  }

  /**
   * Return the range of rows in the log.
   *
   * @returns The index of the first row, and the one after the last row.
   */
  getRange(rows: readonly Row[]): readonly [number, number] {
    const [first, last] = [this.#find(rows, this.#firstKey), this.#find(rows, this.#lastKey)];
    const end = last === -1 ? rows.length : last + 1;
    const start = first === -1 ? Math.max(0, end - PAGE) : first;
    // The rows above are out of sight while the user reads at the end.
    return this.isAtEnd && end - start > MAX_ROWS ? this.#setRange(rows, end - PAGE, end) : this.#setRange(rows, start, end);
  }

  /**
   * Call it when the user scrolls.
   *
   * @returns Whether the log has to be drawn: the end has become visible or hidden, or there are rows to add.
   */
  onScroll(log: Element, rows: readonly Row[]): boolean {
    const wasAtEnd = this.#isAtEnd;
    const below = log.scrollHeight - log.scrollTop - log.clientHeight;
    this.#isAtEnd = below <= TOLERANCE;
    const [start, end] = this.getRange(rows);
    if (log.scrollTop < MARGIN && start > 0) this.#setRange(rows, start - PAGE, Math.min(end, start - PAGE + MAX_ROWS));
    else if (below < MARGIN && end < rows.length) this.#setRange(rows, Math.max(start, end + PAGE - MAX_ROWS), end + PAGE);
    else return this.#isAtEnd !== wasAtEnd;
    return true;
  }

  /** Whether the user is so near the first row that earlier messages have to be loaded. */
  isNearStart(log: Element, rows: readonly Row[]): boolean {
    return log.scrollTop < MARGIN && this.getRange(rows)[0] === 0;
  }

  /** Call it before the log changes. */
  remember(log: Element | null): void {
    this.#anchor = null;
    if (log === null || this.isAtEnd) return;
    const { top } = log.getBoundingClientRect();
    const element = [...log.querySelectorAll(".message")].find((message) => message.getBoundingClientRect().bottom > top);
    if (element !== undefined) this.#anchor = { element, top: element.getBoundingClientRect().top };
  }

  /** Call it after the log has changed. */
  restore(log: Element | null): void {
    if (log === null) return;
    if (this.isAtEnd) log.scrollTop = log.scrollHeight;
    else if (this.#anchor?.element.isConnected) {
      const moved = this.#anchor.element.getBoundingClientRect().top - this.#anchor.top;
      if (moved !== 0) log.scrollTop += moved;
    }
  }

  /** Scroll to the end with the next change. */
  stick(): void {
    this.#isAtEnd = true;
    this.#firstKey = null;
    this.#lastKey = null;
  }

  #find(rows: readonly Row[], key: string | null): number {
    return key === null ? -1 : rows.findIndex((row) => row.key === key);
  }

  #setRange(rows: readonly Row[], from: number, to: number): readonly [number, number] {
    const start = Math.max(0, from);
    const end = Math.min(rows.length, to);
    // At the end, the first row may be a message that is not sent yet, and the history is loaded above it.
    this.#firstKey = (start > 0 || !this.#isAtEnd) && rows[start] ? rows[start].key : null;
    this.#lastKey = end === rows.length ? null : (rows[end - 1]?.key ?? null);
    return [start, end];
  }
}
