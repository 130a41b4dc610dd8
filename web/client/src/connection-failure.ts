/**
 * The reason why the client cannot connect.
 *
 * @module
 */

import { ApiError, SignedOutError } from "./errors.ts";

/**
 * - `unreachable`: the server does not answer, or the network is down.
 * - `rate_limited`: there are too many visitors from one network, or the user has sent too many requests.
 * - `forbidden`, `not_found`: the bot is not for visitors, or does not exist.
 * - `refused`: the server answers and refuses the connection for another reason.
 */
export type ConnectionFailure = "unreachable" | "rate_limited" | "forbidden" | "not_found" | "refused";

/** Refused handshakes before the reason is reported, and before the token or conversation in the URL is suspect. */
const MAX_REFUSALS = 2;

/** Derives the reason from failed attempts: a browser does not reveal why a handshake has failed. */
export class ConnectionFailureTracker {
  readonly #onChange: (failure: ConnectionFailure | null) => void;
  #failure: ConnectionFailure | null = null;
  #refusals = 0;

  constructor(onChange: (failure: ConnectionFailure | null) => void) {
    this.#onChange = onChange;
  }

  get failure(): ConnectionFailure | null {
    return this.#failure;
  }

  /** Whether so many handshakes were refused that the token or the conversation in the URL may be invalid. */
  get isUrlSuspect(): boolean {
    return this.#refusals >= MAX_REFUSALS;
  }

  /**
   * Whether to try the next handshake without the visitor's token: after two refusals either the token is invalid, or
   * there are too many visitors from this address.
   */
  get isTokenSuspect(): boolean {
    return this.#refusals % (MAX_REFUSALS + 1) === MAX_REFUSALS;
  }

  /** Forget all failures, after the connection was opened or closed by the app. */
  reset(): void {
    this.#refusals = 0;
    this.#set(null);
  }

  /**
   * Count a handshake that has failed.
   *
   * @param failure - Why, as far as the server says. Only without a reason the URL may be invalid.
   */
  addHandshake(failure: ConnectionFailure): void {
    if (failure === "refused") this.#refusals += 1;
    if (failure !== "refused" || this.isUrlSuspect) this.#set(failure);
  }

  /** Count a failed request for a ticket, which comes before the handshake. */
  addRequest(error: unknown): void {
    if (error instanceof ApiError) this.#set(error.error === "rate_limited" ? error.error : "refused");
    else if (!(error instanceof SignedOutError)) this.#set("unreachable");
  }

  #set(failure: ConnectionFailure | null): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    this.#onChange(failure);
  }
}
