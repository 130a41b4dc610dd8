/**
 * What a screen reader says: a finished answer, once. The log itself is not live, because answers arrive in pieces.
 *
 * @module
 */

/** Afterwards the text is removed: who reads through the page would find the message twice. */
const REMOVE_AFTER_MS = 1_000;

/** Fills a live region. */
export class Announcer {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param region - An element with `role="status"`. */
  announce(region: Element | null, text: string): void {
    if (region === null) return;
    region.append(`${text}\n`);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => region.replaceChildren(), REMOVE_AFTER_MS);
  }
}
