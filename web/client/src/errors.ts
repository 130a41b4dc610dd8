/**
 * What can go wrong.
 *
 * @module
 */

import type { ErrorWord } from "./protocol.ts";

/** The server said no, in the contract's words. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly error: ErrorWord;
  /** Milliseconds to wait, where the server named a time. */
  readonly retryAfter: number | null;

  constructor(status: number, error: ErrorWord, message: string, retryAfter: number | null) {
    super(message);
    this.status = status;
    this.error = error;
    this.retryAfter = retryAfter;
  }

  /** Whether there is, for this user, no such thing. */
  get gone(): boolean {
    return this.status === 403 || this.status === 404;
  }
}

/** Nobody is signed in any more: thrown by an app's `token()`, or after a fresh token was refused too. */
export class SignedOutError extends Error {
  override readonly name = "SignedOutError";

  constructor() {
    super("Nobody is signed in any more.");
  }
}
