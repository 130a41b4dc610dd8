/**
 * The typing indicator of a conversation.
 *
 * @module
 */

import type { Platform } from "./platform.ts";

/** Is on from a `typing` frame until the bot's message, at most for `timeout` milliseconds. */
export class TypingIndicator {
  readonly #timeout: number;
  readonly #onChange: (isTyping: boolean) => void;
  readonly #platform: Platform;
  #cancelTimer: (() => void) | null = null;

  constructor(timeout: number, onChange: (isTyping: boolean) => void, platform: Platform) {
    this.#timeout = timeout;
    this.#onChange = onChange;
    this.#platform = platform;
  }

  get isOn(): boolean {
    return this.#cancelTimer !== null;
  }

  set(isOn: boolean): void {
    const wasOn = this.isOn;
    this.#cancelTimer?.();
    this.#cancelTimer = isOn ? this.#platform.schedule(this.#timeout, () => this.set(false)) : null;
    if (wasOn !== isOn) this.#onChange(isOn);
  }
}
