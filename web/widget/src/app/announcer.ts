/**
 * What a screen reader says, in one live region: a finished answer, once, and what becomes wrong. The log itself is not
 * live, because answers arrive in pieces.
 *
 * @module
 */

/** Afterwards the text is removed: who reads through the page would find the message twice. */
const REMOVE_AFTER_MS = 1_000;

/** Fills a live region. */
export class Announcer {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastState = "";

  /** @param region - An element with `role="status"`. */
  announce(region: Element | null, text: string): void {
    if (region === null || text === "") return;
    region.append(`${text}\n`);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => region.replaceChildren(), REMOVE_AFTER_MS);
  }

  /** Announce a text that stays until something changes, when it has become another one. */
  announceState(region: Element | null, text: string): void {
    if (text !== this.#lastState) this.announce(region, text);
    this.#lastState = text;
  }
}
