/**
 * A WebSocket that comes back.
 *
 * @module
 */

import { Backoff } from "./backoff.ts";
import { ApiError } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Platform, SocketLike } from "./platform.ts";
import { type ClientFrame, type ServerFrame, parseFrame } from "./protocol.ts";
import type { Timing } from "./timing.ts";

/**
 * - `closed`: nobody wants it open: not yet, or no more.
 * - `connecting`: on its way, until the server has introduced itself.
 * - `open`: frames go both ways.
 * - `waiting`: it was lost or refused, and is tried again soon.
 */
export type ConnectionState = "closed" | "connecting" | "open" | "waiting";

export interface ConnectionHandlers {
  /** Asked before every attempt for the address, because what opens a socket is used up or changes. */
  dial(): Promise<string>;
  onFrame(frame: ServerFrame): void;
  onState(state: ConnectionState, before: ConnectionState): void;
  /** A socket that was open ended, with the code of its end. */
  onLost(code: number): void;
  /** The server was not reached, or said no; a browser cannot tell. Awaited before the next attempt. */
  onRefused(): Promise<void>;
}

const OPEN = 1;

/** One connection for as long as it is wanted, over as many sockets as it takes. */
export class Connection {
  readonly #handlers: ConnectionHandlers;
  readonly #platform: Platform;
  readonly #timing: Timing;
  readonly #backoff: Backoff;
  readonly #heartbeat: Heartbeat;
  #state: ConnectionState = "closed";
  #socket: SocketLike | null = null;
  /** Changes with every attempt, so that what belongs to an older one is recognised. */
  #attempt = 0;
  #timers: (() => void)[] = [];
  #heardAt = 0;
  #deaf: (() => void) | null = null;

  constructor(handlers: ConnectionHandlers, platform: Platform, timing: Timing) {
    this.#handlers = handlers;
    this.#platform = platform;
    this.#timing = timing;
    this.#backoff = new Backoff(timing.firstRetry, timing.longestRetry, () => platform.random());
    this.#heartbeat = new Heartbeat(
      timing.pingAfter,
      timing.pongWithin,
      { ask: () => void this.send({ type: "ping" }), dead: () => this.restart() },
      platform,
    );
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** When something was last heard, in milliseconds since 1970. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Connect, unless that is so or under way. */
  open(): void {
    if (this.#state !== "closed") return;
    this.#deaf = this.#platform.listen(
      () => this.#wake(),
      () => this.#doubt(),
    );
    this.#backoff.reset();
    void this.#dial();
  }

  close(): void {
    this.#deaf?.();
    this.#deaf = null;
    this.#detach();
    this.#become("closed");
  }

  /** Give up this socket, which is no good, and open another one soon. */
  restart(): void {
    if (this.#state === "closed") return;
    this.#detach();
    this.#retryAfter(0);
  }

  /** The server has introduced itself: from here on the connection counts. */
  welcome(): void {
    this.#stopTimers();
    this.#heartbeat.heard();
    // A server that falls over right after the welcome must not be stormed.
    this.#timers.push(this.#platform.after(this.#timing.stableAfter, () => this.#backoff.reset()));
    this.#become("open");
  }

  /**
   * @returns Whether it went out; nothing is kept for later.
   */
  send(frame: ClientFrame): boolean {
    if (this.#state !== "open" || this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  async #dial(): Promise<void> {
    this.#become("connecting");
    const attempt = this.#attempt;
    try {
      const url = await this.#handlers.dial();
      if (attempt === this.#attempt) this.#attach(this.#platform.socket(url), attempt);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#detach();
      this.#retryAfter(error instanceof ApiError ? (error.retryAfter ?? 0) : 0);
    }
  }

  #attach(socket: SocketLike, attempt: number): void {
    let opened = false;
    this.#socket = socket;
    this.#timers.push(this.#platform.after(this.#timing.welcomeWithin, () => this.restart()));
    socket.onopen = () => {
      opened = true;
    };
    socket.onmessage = (event) => this.#receive(event.data);
    // What matters is said by the close that follows; Node, unlike a browser, would end the process without a listener.
    socket.onerror = () => undefined;
    socket.onclose = (event) => void this.#lost(attempt, opened, event.code);
  }

  #receive(data: unknown): void {
    this.#heardAt = this.#platform.now();
    if (this.#state === "open") this.#heartbeat.heard();
    const frame = parseFrame(data);
    if (frame !== null) this.#handlers.onFrame(frame);
  }

  async #lost(attempt: number, opened: boolean, code: number): Promise<void> {
    if (attempt !== this.#attempt) return;
    this.#detach();
    const next = this.#attempt;
    if (opened) this.#handlers.onLost(code);
    this.#become("waiting");
    if (!opened) await this.#handlers.onRefused();
    if (next === this.#attempt && this.#state === "waiting") this.#retryAfter(0);
  }

  #retryAfter(atLeast: number): void {
    this.#become("waiting");
    const wait = Math.max(this.#backoff.next(), atLeast);
    this.#timers.push(this.#platform.after(wait, () => void this.#again()));
  }

  #again(): Promise<void> {
    this.#detach();
    return this.#dial();
  }

  /** The network is back, or somebody looks at the page again: do not wait for the timer. */
  #wake(): void {
    if (this.#state === "waiting") void this.#again();
    else this.#doubt();
  }

  /** The socket may be dead. Ask, rather than believe the browser: a local server needs no network. */
  #doubt(): void {
    if (this.#state === "open") this.#heartbeat.ask(this.#timing.pongWithinWhenInDoubt);
  }

  #become(state: ConnectionState): void {
    const before = this.#state;
    if (before === state) return;
    this.#state = state;
    this.#handlers.onState(state, before);
  }

  #stopTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }

  #detach(): void {
    this.#attempt += 1;
    this.#stopTimers();
    this.#heartbeat.stop();
    if (this.#socket === null) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }
}
