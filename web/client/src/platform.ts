/**
 * What the client takes from where it runs: a browser, Node or a test.
 *
 * @module
 */

/** The part of a WebSocket that is used. */
export interface SocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(data: string): void;
  close(): void;
}

/** Time, chance, and the network with its news. */
export interface Platform {
  /** Open a socket. */
  socket(url: string): SocketLike;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Do something later.
   *
   * @returns What cancels it; harmless once it is done.
   */
  after(milliseconds: number, action: () => void): () => void;
  /** A number from 0 up to 1. */
  random(): number;
  uuid(): string;
  /**
   * Hear when the network came back or somebody looks at the page again (`wake`), and when the network went (`doubt`).
   *
   * @returns What ends it.
   */
  listen(wake: () => void, doubt: () => void): () => void;
}

/** What this JavaScript runs on; only what a browser has beyond Node is asked for before it is used. */
export const here: Platform = {
  socket: (url) => new WebSocket(url) as SocketLike,
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  uuid,
  listen(wake, doubt) {
    if (typeof document === "undefined") return () => undefined;
    const look = (): void => {
      if (!document.hidden) wake();
    };
    addEventListener("online", wake);
    addEventListener("offline", doubt);
    document.addEventListener("visibilitychange", look);
    return () => {
      removeEventListener("online", wake);
      removeEventListener("offline", doubt);
      document.removeEventListener("visibilitychange", look);
    };
  },
};

/** `crypto.randomUUID` exists on secure origins only; a phone on the local network is none. */
function uuid(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  // RFC 9562, 5.4: version 4, variant 10.
  bytes.set([(bytes[6] ?? 0) & 0x0f | 0x40], 6);
  bytes.set([(bytes[8] ?? 0) & 0x3f | 0x80], 8);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
