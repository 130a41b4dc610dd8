/**
 * The client's patience, in milliseconds. The defaults follow API Gateway's quotas; a test that shortens those shortens
 * these.
 *
 * @module
 */

export interface Timing {
  /** Silence after which the client asks whether anybody is there. */
  readonly pingAfter: number;
  /** Time for the answer to that. */
  readonly pongWithin: number;
  /** The same where there is a reason for doubt: the network went, or the device slept. */
  readonly pongWithinWhenInDoubt: number;
  /** Time from opening a socket to the server's `connected`, cold functions included. */
  readonly welcomeWithin: number;
  /** Time for a message to be acknowledged. */
  readonly acknowledgedWithin: number;
  /** Time for a `resume` to be answered. */
  readonly resumedWithin: number;
  /** Time for a REST request. */
  readonly answeredWithin: number;
  /** How late a frame may be before it counts as missing. */
  readonly lateFrameWithin: number;
  /** How long `typing` is believed. */
  readonly typingLasts: number;
  /** The first ceiling of the backoff, and the last. */
  readonly firstRetry: number;
  readonly longestRetry: number;
  /** How long a connection must hold before the backoff begins anew. */
  readonly stableAfter: number;
}

export const DEFAULT_TIMING: Timing = {
  pingAfter: 5 * 60_000,
  pongWithin: 10_000,
  pongWithinWhenInDoubt: 4_000,
  welcomeWithin: 15_000,
  acknowledgedWithin: 15_000,
  resumedWithin: 15_000,
  answeredWithin: 20_000,
  lateFrameWithin: 1_000,
  typingLasts: 60_000,
  firstRetry: 1_000,
  longestRetry: 30_000,
  stableAfter: 10_000,
};
