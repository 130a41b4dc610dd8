/**
 * Timeouts and intervals of the client, in milliseconds. The defaults follow the quotas of API Gateway; a test that
 * shortens the quotas shortens these values too.
 *
 * @module
 */

export interface Timing {
  /** Silence after which the client sends a ping. */
  readonly pingInterval: number;
  /** Time limit for an answer to a ping. */
  readonly pongTimeout: number;
  /** The same when the connection is suspect: the device was offline or asleep. */
  readonly suspectPongTimeout: number;
  /** Time limit from opening a socket to the server's `connected` frame, cold starts included. */
  readonly connectTimeout: number;
  /** Time limit for the acknowledgement of a message. */
  readonly ackTimeout: number;
  /** Time limit for the answer to a `resume` frame. */
  readonly resumeTimeout: number;
  /** Time limit for a REST request. */
  readonly requestTimeout: number;
  /** How long a message may arrive out of order before it counts as missing. */
  readonly gapTimeout: number;
  /** How long the typing indicator is shown without a further frame. */
  readonly typingTimeout: number;
  /** The first ceiling of the backoff. */
  readonly initialBackoff: number;
  /** The maximum ceiling of the backoff. */
  readonly maxBackoff: number;
  /** How long a connection must last before the backoff is reset. */
  readonly stableAfter: number;
}

export const DEFAULT_TIMING: Timing = {
  pingInterval: 5 * 60_000,
  pongTimeout: 10_000,
  suspectPongTimeout: 4_000,
  connectTimeout: 15_000,
  ackTimeout: 15_000,
  resumeTimeout: 15_000,
  requestTimeout: 20_000,
  gapTimeout: 1_000,
  typingTimeout: 60_000,
  initialBackoff: 1_000,
  maxBackoff: 30_000,
  stableAfter: 10_000,
};
