/**
 * Requests whose errors the page shows.
 *
 * @module
 */

import { SignedOutError } from "../../client/src/errors.ts";
import type { ErrorCode } from "../../client/src/protocol.ts";
import { describeError } from "./problems.ts";
import type { Texts } from "./texts/index.ts";

export class Requests {
  readonly #texts: Texts;
  readonly #onError: (text: string) => void;

  constructor(texts: Texts, onError: (text: string) => void) {
    this.#texts = texts;
    this.#onError = onError;
  }

  /**
   * Run a request and show a sentence if it fails.
   *
   * @param sentences - What errors mean for this request, where it differs.
   * @returns Whether it has succeeded.
   */
  async run(action: () => Promise<void>, sentences: Partial<Record<ErrorCode, string>> = {}): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      // The client's `signedOut` event reports the end of the sign-in.
      if (!(error instanceof SignedOutError)) this.#onError(describeError(error, this.#texts, sentences));
      return false;
    }
  }
}
