/**
 * A WebSocket connection that reconnects.
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
 * - `closed`: not opened yet, or closed by the app.
 * - `connecting`: a socket is being opened; the server's `connected` frame has not arrived yet.
 * - `open`: frames can be sent and received.
 * - `waiting`: the socket was lost or the handshake failed; a reconnect is scheduled.
 */
export type ConnectionState = "closed" | "connecting" | "open" | "waiting";

export interface ConnectionHandlers {
  /** Return the URL of the next socket. Called before every attempt, because tickets are used up and tokens change. */
  getUrl(): Promise<string>;
  onFrame(frame: ServerFrame): void;
  onStateChange(state: ConnectionState, previous: ConnectionState): void;
  /** Called with the close code when an open socket was closed. */
  onDisconnected(code: number): void;
  /**
   * Called when a handshake failed: the server is unreachable or has rejected it, which a browser cannot distinguish.
   * The reconnect waits for the promise.
   */
  onHandshakeFailed(): Promise<void>;
  /** Called when `getUrl` has failed. */
  onUrlFailed(error: unknown): void;
}

/** `WebSocket.OPEN`. */
const OPEN = 1;

/** A connection from `open` to `close`, over as many sockets as necessary. */
export class Connection {
  readonly #handlers: ConnectionHandlers;
  readonly #platform: Platform;
  readonly #timing: Timing;
  readonly #backoff: Backoff;
  readonly #heartbeat: Heartbeat;
  #state: ConnectionState = "closed";
  #socket: SocketLike | null = null;
  /** Incremented by every attempt, so that callbacks of earlier attempts are ignored. */
  #attempt = 0;
  #cancelTimers: (() => void)[] = [];
  #lastReceivedAt = 0;
  #stopWatching: (() => void) | null = null;

  constructor(handlers: ConnectionHandlers, platform: Platform, timing: Timing) {
    this.#handlers = handlers;
    this.#platform = platform;
    this.#timing = timing;
    this.#backoff = new Backoff(timing.initialBackoff, timing.maxBackoff, () => platform.random());
    this.#heartbeat = new Heartbeat(
      timing.pingInterval,
      timing.pongTimeout,
      { sendPing: () => void this.send({ type: "ping" }), onTimeout: () => this.restart() },
      platform,
    );
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** When the last frame was received, in milliseconds since 1970. */
  get lastReceivedAt(): number {
    return this.#lastReceivedAt;
  }

  /** Connect, unless the connection is open already or being opened. */
  open(): void {
    if (this.#state !== "closed") return;
    this.#stopWatching = this.#platform.watchNetwork(
      () => this.#onWake(),
      () => this.#probe(),
    );
    this.#backoff.reset();
    void this.#connect();
  }

  close(): void {
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.#detachSocket();
    this.#setState("closed");
  }

  /** Drop the current socket and open another one after a backoff. */
  restart(): void {
    if (this.#state === "closed") return;
    this.#detachSocket();
    this.#scheduleReconnect(0);
  }

  /** Mark the connection as open after the server's `connected` frame. */
  markOpen(): void {
    this.#clearTimers();
    this.#heartbeat.reset();
    // Not at once: a server that crashes right after the handshake must not be flooded with reconnects.
    this.#cancelTimers.push(this.#platform.schedule(this.#timing.stableAfter, () => this.#backoff.reset()));
    this.#setState("open");
  }

  /**
   * Send a frame. Nothing is queued.
   *
   * @returns Whether it was sent.
   */
  send(frame: ClientFrame): boolean {
    if (this.#state !== "open" || this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  async #connect(): Promise<void> {
    this.#setState("connecting");
    const attempt = this.#attempt;
    try {
      const url = await this.#handlers.getUrl();
      if (attempt === this.#attempt) this.#attachSocket(this.#platform.openSocket(url), attempt);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#detachSocket();
      this.#handlers.onUrlFailed(error);
      this.#scheduleReconnect(error instanceof ApiError ? (error.retryAfter ?? 0) : 0);
    }
  }

  #attachSocket(socket: SocketLike, attempt: number): void {
    let opened = false;
    this.#socket = socket;
    this.#cancelTimers.push(this.#platform.schedule(this.#timing.connectTimeout, () => this.restart()));
    socket.onopen = () => {
      opened = true;
    };
    socket.onmessage = (event) => this.#onMessage(event.data);
    // Every error is followed by a close event. Without a listener Node, unlike a browser, would end the process.
    socket.onerror = () => undefined;
    socket.onclose = (event) => void this.#onClose(attempt, opened, event.code);
  }

  #onMessage(data: unknown): void {
    this.#lastReceivedAt = this.#platform.now();
    if (this.#state === "open") this.#heartbeat.reset();
    const frame = parseFrame(data);
    if (frame !== null) this.#handlers.onFrame(frame);
  }

  async #onClose(attempt: number, opened: boolean, code: number): Promise<void> {
    if (attempt !== this.#attempt) return;
    this.#detachSocket();
    const nextAttempt = this.#attempt;
    if (opened) this.#handlers.onDisconnected(code);
    this.#setState("waiting");
    if (!opened) await this.#handlers.onHandshakeFailed();
    if (nextAttempt === this.#attempt && this.#state === "waiting") this.#scheduleReconnect(0);
  }

  #scheduleReconnect(minDelay: number): void {
    this.#setState("waiting");
    const delay = Math.max(this.#backoff.nextDelay(), minDelay);
    this.#cancelTimers.push(this.#platform.schedule(delay, () => void this.#reconnect()));
  }

  #reconnect(): Promise<void> {
    this.#detachSocket();
    return this.#connect();
  }

  /** Reconnect at once when the network is back or the page is visible again. */
  #onWake(): void {
    if (this.#state === "waiting") void this.#reconnect();
    else this.#probe();
  }

  /** Check a suspect socket with a ping. The browser's offline event is no proof: a local server needs no network. */
  #probe(): void {
    if (this.#state === "open") this.#heartbeat.ping(this.#timing.suspectPongTimeout);
  }

  #setState(state: ConnectionState): void {
    const previous = this.#state;
    if (previous === state) return;
    this.#state = state;
    this.#handlers.onStateChange(state, previous);
  }

  #clearTimers(): void {
    for (const cancel of this.#cancelTimers) cancel();
    this.#cancelTimers = [];
  }

  #detachSocket(): void {
    this.#attempt += 1;
    this.#clearTimers();
    this.#heartbeat.stop();
    if (this.#socket === null) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }
}
