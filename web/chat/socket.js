// @ts-check
/** @import { Frame } from "./types.js" */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const WELCOME_WITHIN_MS = 15_000;
const PING_EVERY_MS = 5 * 60_000;
const ANSWER_WITHIN_MS = 10_000;
const ANSWER_WITHIN_WHEN_IN_DOUBT_MS = 4_000;

/**
 * A WebSocket that comes back. It waits longer after each failure and never in step with other
 * clients, notices a connection that died without a word, and says in which state it is.
 *
 * @typedef {object} Handlers
 * @property {() => Promise<{url: string, protocols: string[]}>} dial Asked before every attempt: tokens change.
 * @property {(frame: Frame) => void} onFrame
 * @property {(state: "connecting" | "connected" | "reconnecting") => void} onState
 * @property {(refusals: number) => Promise<void>} onRefused The server was not reached, or said no; a browser cannot tell.
 */
export class Socket {
  #handlers;
  /** @type {WebSocket | null} */
  #ws = null;
  #wanted = false;
  #welcomed = false;
  #failures = 0;
  #refusals = 0;
  /** Changes with every attempt, so that what belongs to an older one is recognised. */
  #attempt = 0;
  #retryTimer = 0;
  #deadline = 0;
  #pinger = 0;

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
    addEventListener("online", () => this.#wake());
    addEventListener("offline", () => this.#doubt());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#wake();
    });
  }

  /** Whether frames can be sent: open, and the server has introduced itself. */
  get ready() {
    return this.#welcomed;
  }

  /** Connect, or connect again under another name. */
  connect() {
    this.#detach();
    this.#wanted = true;
    this.#failures = 0;
    this.#refusals = 0;
    this.#handlers.onState("connecting");
    void this.#open();
  }

  close() {
    this.#wanted = false;
    this.#detach();
  }

  /** Give up this connection, which does not answer, and make another. */
  restart() {
    if (!this.#wanted) return;
    this.#detach();
    this.#retryLater();
  }

  /** The server has introduced itself: from here on the connection counts. */
  welcome() {
    if (!this.#ws) return;
    clearTimeout(this.#deadline);
    this.#welcomed = true;
    this.#failures = 0;
    this.#refusals = 0;
    clearInterval(this.#pinger);
    this.#pinger = setInterval(() => this.#ping(ANSWER_WITHIN_MS), PING_EVERY_MS);
    this.#handlers.onState("connected");
  }

  /** @param {object} frame */
  send(frame) {
    if (this.#ws?.readyState !== WebSocket.OPEN) return false;
    this.#ws.send(JSON.stringify(frame));
    return true;
  }

  async #open() {
    const attempt = ++this.#attempt;
    let opened = false;
    try {
      const { url, protocols } = await this.#handlers.dial();
      if (attempt !== this.#attempt) return;
      const ws = new WebSocket(url, protocols);
      this.#ws = ws;
      this.#expectWithin(WELCOME_WITHIN_MS);
      ws.onopen = () => {
        opened = true;
      };
      ws.onmessage = (event) => this.#receive(event.data);
      ws.onclose = () => void this.#lost(attempt, !opened);
    } catch {
      await this.#lost(attempt, false);
    }
  }

  /** @param {unknown} data */
  #receive(data) {
    if (this.#welcomed) clearTimeout(this.#deadline);
    let frame;
    try {
      frame = JSON.parse(String(data));
    } catch {
      return;
    }
    if (typeof frame?.type === "string") this.#handlers.onFrame(frame);
  }

  /**
   * @param {number} attempt
   * @param {boolean} refused
   */
  async #lost(attempt, refused) {
    if (attempt !== this.#attempt) return;
    this.#detach();
    const next = this.#attempt;
    this.#handlers.onState("reconnecting");
    if (refused) await this.#handlers.onRefused(++this.#refusals);
    if (next === this.#attempt && this.#wanted) this.#retryLater();
  }

  #retryLater() {
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures++);
    this.#handlers.onState("reconnecting");
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = 0;
      void this.#open();
    }, longest * (0.5 + Math.random() / 2));
  }

  /** The network is back, or somebody looks at the page again: do not wait for the timer. */
  #wake() {
    if (this.#retryTimer) {
      clearTimeout(this.#retryTimer);
      this.#retryTimer = 0;
      void this.#open();
    } else {
      this.#doubt();
    }
  }

  /** The connection may be dead. Ask, rather than believe the browser: a local server needs no network. */
  #doubt() {
    if (this.#welcomed) this.#ping(ANSWER_WITHIN_WHEN_IN_DOUBT_MS);
  }

  /** @param {number} within */
  #ping(within) {
    this.send({ type: "ping" });
    this.#expectWithin(within);
  }

  /** @param {number} within Milliseconds in which the server must say something. */
  #expectWithin(within) {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.restart(), within);
  }

  #detach() {
    this.#attempt++;
    this.#welcomed = false;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = 0;
    clearTimeout(this.#deadline);
    clearInterval(this.#pinger);
    if (!this.#ws) return;
    this.#ws.onopen = this.#ws.onmessage = this.#ws.onclose = null;
    this.#ws.close();
    this.#ws = null;
  }
}
