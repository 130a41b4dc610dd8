/**
 * The send state of one conversation.
 *
 * @module
 */

import type { Backoff } from "./backoff.ts";

/**
 * Holds the one message of a conversation that is in flight or waits for a retry. Only one at a time: the server may
 * handle the frames of a socket in parallel, so two messages in flight could be stored in the wrong order.
 */
export class SendQueue {
  readonly backoff: Backoff;
  /** Consecutive attempts at the first message that timed out or ended with `internal`. */
  failedAttempts = 0;
  #messageId: string | null = null;
  #cancelTimer = noTimer;

  constructor(backoff: Backoff) {
    this.backoff = backoff;
  }

  /** The message that is in flight or waits for a retry. */
  get messageId(): string | null {
    return this.#messageId;
  }

  /** Block the queue until the message is acknowledged or its timer fires. */
  hold(messageId: string, cancelTimer: () => void): void {
    this.release();
    this.#messageId = messageId;
    this.#cancelTimer = cancelTimer;
  }

  /** Let the first message be sent, again or for the first time. */
  release(): void {
    this.#cancelTimer();
    this.#cancelTimer = noTimer;
    this.#messageId = null;
  }

  /** Continue with the next message after this one was delivered or has failed. */
  complete(messageId: string): void {
    if (this.#messageId === messageId) this.release();
    this.failedAttempts = 0;
    this.backoff.reset();
  }
}

function noTimer(): void {
  // No timer is set.
}
