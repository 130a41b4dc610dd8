/**
 * Detection of dead connections.
 *
 * @module
 */

import type { Platform } from "./platform.ts";

export interface HeartbeatHandlers {
  sendPing(): void;
  /** Called when nothing was received within the time limit after a ping. */
  onTimeout(): void;
}

/**
 * Pings an idle connection. API Gateway closes a socket after 10 minutes without a message (a fixed quota), and a
 * network can fail without closing the socket.
 */
export class Heartbeat {
  readonly #interval: number;
  readonly #timeout: number;
  readonly #handlers: HeartbeatHandlers;
  readonly #platform: Platform;
  #cancelPing = noTimer;
  #cancelTimeout = noTimer;

  /**
   * @param interval - Milliseconds of silence before a ping.
   * @param timeout - Milliseconds within which a frame must arrive after a ping.
   */
  constructor(interval: number, timeout: number, handlers: HeartbeatHandlers, platform: Platform) {
    this.#interval = interval;
    this.#timeout = timeout;
    this.#handlers = handlers;
    this.#platform = platform;
  }

  /** Start, or start again after a frame was received. */
  reset(): void {
    this.stop();
    this.#cancelPing = this.#platform.schedule(this.#interval, () => this.ping());
  }

  /**
   * Send a ping now.
   *
   * @param timeout - Milliseconds within which a frame must arrive.
   */
  ping(timeout = this.#timeout): void {
    this.stop();
    this.#cancelTimeout = this.#platform.schedule(timeout, () => this.#handlers.onTimeout());
    this.#handlers.sendPing();
  }

  stop(): void {
    this.#cancelPing();
    this.#cancelTimeout();
  }
}

function noTimer(): void {
  // No timer is set.
}
