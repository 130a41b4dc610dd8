/**
 * Keeps the end of the log visible while the visitor reads there.
 *
 * @module
 */

/** Pixels from the end that still count as the end. */
const TOLERANCE = 24;

/** Scrolls a log. */
export class LogScroller {
  #isAtEnd = true;

  /** Whether the end is visible. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /**
   * Call it when the visitor scrolls.
   *
   * @returns Whether the end has become visible or hidden.
   */
  onScroll(log: Element): boolean {
    const wasAtEnd = this.#isAtEnd;
    this.#isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight <= TOLERANCE;
    return this.#isAtEnd !== wasAtEnd;
  }

  /** Call it after the log has changed. */
  follow(log: Element | null): void {
    if (this.#isAtEnd && log !== null) log.scrollTop = log.scrollHeight;
  }

  /** Scroll to the end with the next change. */
  stick(): void {
    this.#isAtEnd = true;
  }
}
