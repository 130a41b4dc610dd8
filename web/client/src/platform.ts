/**
 * The functions of the runtime that the client depends on. The runtime is a browser, Node or a test.
 *
 * @module
 */

/** The part of a WebSocket that the client uses. */
export interface SocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(data: string): void;
  close(): void;
}

/** The class `WebSocket`, as browsers, Node 22 and the package `ws` have it. */
export type WebSocketClass = new (url: string) => Pick<SocketLike, "readyState" | "send" | "close">;

/** Network, clock, timers and random numbers. */
export interface Platform {
  openSocket(url: string): SocketLike;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /**
   * Send a form to another site, without credentials; by default with what the runtime has (`upload.ts`).
   *
   * @param onProgress - Called with the bytes that were sent, if the runtime knows.
   * @returns The status of the response.
   * @throws TypeError if there is no response.
   */
  postForm?(
    url: string,
    form: FormData,
    signal: AbortSignal | undefined,
    onProgress: (sent: number) => void,
  ): Promise<number>;
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Call a function later.
   *
   * @returns A function that cancels the timer; it has no effect after the timer has fired.
   */
  schedule(milliseconds: number, action: () => void): () => void;
  /** Return a number from 0 up to 1. */
  random(): number;
  uuid(): string;
  /**
   * Watch the network and the visibility of the page.
   *
   * @param onWake - Called when the network returns or the page becomes visible.
   * @param onOffline - Called when the network is lost.
   * @returns A function that stops watching.
   */
  watchNetwork(onWake: () => void, onOffline: () => void): () => void;
}

/** The current JavaScript runtime. Features that Node lacks are checked before they are used. */
export const defaultPlatform: Platform = {
  openSocket: (url) => new WebSocket(url) as SocketLike,
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  schedule(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  uuid: createUuid,
  watchNetwork(onWake, onOffline) {
    if (typeof document === "undefined") return () => undefined;
    const onVisibilityChange = (): void => {
      if (!document.hidden) onWake();
    };
    addEventListener("online", onWake);
    addEventListener("offline", onOffline);
    document.addEventListener("visibilitychange", onVisibilityChange);
    return () => {
      removeEventListener("online", onWake);
      removeEventListener("offline", onOffline);
      document.removeEventListener("visibilitychange", onVisibilityChange);
    };
  },
};

/**
 * Create the platform of a client.
 *
 * @param webSocket - The class of its sockets; that of the runtime if it is omitted.
 * @param replacements - Replacements for functions of the runtime.
 */
export function createPlatform(webSocket?: WebSocketClass, replacements: Partial<Platform> = {}): Platform {
  const sockets = webSocket && { openSocket: (url: string) => new webSocket(url) as SocketLike };
  return { ...defaultPlatform, ...sockets, ...replacements };
}

/** Throw an error that says what to do if sockets would need a class `WebSocket` that the runtime does not have. */
export function checkWebSocket({ openSocket }: Platform): void {
  if (openSocket !== defaultPlatform.openSocket || typeof WebSocket !== "undefined") return;
  throw new Error(
    "This runtime has no WebSocket; Node has it since version 22. Pass a class as the option `webSocket`, for example:" +
      ' import { WebSocket } from "ws"; new ConversationsClient({ webSocket: WebSocket, ... })',
  );
}

/** `crypto.randomUUID` exists on secure origins only, so it is missing when a phone opens the page over plain HTTP. */
function createUuid(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // RFC 9562, 5.4: version 4, variant 10, so the digit of the variant is 8 to b.
  return "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/[x8]/g, (digit) => {
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
    return (digit === "x" ? random & 0xf : 8 | (random & 3)).toString(16);
  });
}
