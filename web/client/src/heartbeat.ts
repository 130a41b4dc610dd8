/**
 * Whether anybody is still there.
 *
 * @module
 */

import type { Platform } from "./platform.ts";

/** What a heartbeat does with its findings. */
export interface HeartbeatActions {
  /** Ask the other side for a sign of life. */
  ask(): void;
  /** There was none. */
  dead(): void;
}

/**
 * Asks a quiet connection for a sign of life. API Gateway cuts a socket after 10 minutes without a message (its quota,
 * not raisable), and a network can die without a word.
 */
export class Heartbeat {
  readonly #every: number;
  readonly #within: number;
  readonly #actions: HeartbeatActions;
  readonly #platform: Platform;
  #cancelPing = noTimer;
  #cancelDeadline = noTimer;

  /**
   * @param every - Milliseconds of silence after which it asks.
   * @param within - Milliseconds in which something must be heard.
   */
  constructor(every: number, within: number, actions: HeartbeatActions, platform: Platform) {
    this.#every = every;
    this.#within = within;
    this.#actions = actions;
    this.#platform = platform;
  }

  /** Something was heard: the connection lives. Also how it begins. */
  heard(): void {
    this.stop();
    this.#cancelPing = this.#platform.after(this.#every, () => this.ask());
  }

  /**
   * Ask now.
   *
   * @param within - Milliseconds in which something must be heard, where there is a reason for doubt.
   */
  ask(within = this.#within): void {
    this.stop();
    this.#cancelDeadline = this.#platform.after(within, () => this.#actions.dead());
    this.#actions.ask();
  }

  stop(): void {
    this.#cancelPing();
    this.#cancelDeadline();
  }
}

function noTimer(): void {
  // Nothing is set yet.
}
