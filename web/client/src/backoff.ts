/**
 * Delays between retries.
 *
 * @module
 */

/**
 * Exponential backoff with full jitter: a random delay between zero and a ceiling that doubles, so that clients which
 * lost the same server do not reconnect at the same time (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export class Backoff {
  readonly #initial: number;
  readonly #max: number;
  readonly #random: () => number;
  #failures = 0;

  /**
   * @param initial - The first ceiling, in milliseconds.
   * @param max - The maximum of the ceiling, in milliseconds.
   * @param random - Returns a number from 0 up to 1.
   */
  constructor(initial: number, max: number, random: () => number) {
    this.#initial = initial;
    this.#max = max;
    this.#random = random;
  }

  /** Count one more failure and return the delay before the next attempt, in milliseconds. */
  nextDelay(): number {
    const ceiling = Math.min(this.#max, this.#initial * 2 ** this.#failures);
    this.#failures += 1;
    return this.#random() * ceiling;
  }

  /** Start again with the first ceiling, after a success. */
  reset(): void {
    this.#failures = 0;
  }
}
