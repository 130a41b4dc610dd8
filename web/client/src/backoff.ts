/**
 * How long to wait before the next try.
 *
 * @module
 */

/**
 * Exponential backoff with full jitter: any time from none to a ceiling that doubles, so that clients which lost the
 * same server do not come back in step (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #failures = 0;

  /**
   * @param first - The first ceiling, in milliseconds.
   * @param longest - What the ceiling never exceeds.
   * @param random - Gives a number from 0 up to 1.
   */
  constructor(first: number, longest: number, random: () => number) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
  }

  /** Milliseconds to wait after one more failure. */
  next(): number {
    const ceiling = Math.min(this.#longest, this.#first * 2 ** this.#failures);
    this.#failures += 1;
    return this.#random() * ceiling;
  }

  /** It works again. */
  reset(): void {
    this.#failures = 0;
  }
}
