/**
 * Errors that the client throws.
 *
 * @module
 */

import type { ErrorCode } from "./protocol.ts";

/** Longest sentence of an error that is passed to the app, in characters. */
const MAX_MESSAGE_LENGTH = 300;

/** The sentence for an error without one of the server. */
export const NO_ANSWER = "The server cannot be reached at the moment.";

/** Return the sentence of an error, cut to a length that an app can display. */
export const shortenMessage = (text: string): string =>
  text.length <= MAX_MESSAGE_LENGTH ? text : `${text.slice(0, MAX_MESSAGE_LENGTH).toWellFormed()}…`;

/** An error response of the server. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly error: ErrorCode;
  /** Milliseconds to wait before a retry; `null` if the server gave no time. */
  readonly retryAfter: number | null;

  constructor(status: number, error: ErrorCode, message: string, retryAfter: number | null) {
    super(shortenMessage(message));
    this.status = status;
    this.error = error;
    this.retryAfter = retryAfter;
  }

  /** Whether the resource does not exist for this user. */
  get isGone(): boolean {
    return this.status === 403 || this.status === 404;
  }
}

/** The user is signed out: thrown by an app's `token()`, or by the client when a fresh token is rejected too. */
export class SignedOutError extends Error {
  override readonly name = "SignedOutError";

  constructor() {
    super("The user is signed out.");
  }
}
