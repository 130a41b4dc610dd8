/** A server that keeps the contract, and breaks what a test wants broken. */

import { ConversationsClient, type ClientOptions, type Platform, type SocketLike, type StoredMessage } from "../src/index.ts";
import type { ClientFrame, ServerFrame } from "../src/protocol.ts";
import { Clock } from "./clock.ts";

export type Frame = Record<string, unknown>;

interface Stored extends StoredMessage {
  readonly key: string;
}

const REPLAYED = 100;

export class FakeSocket implements SocketLike {
  readyState = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  readonly url: URL;
  readonly #server: FakeServer;

  constructor(url: string, server: FakeServer) {
    this.url = new URL(url);
    this.#server = server;
  }

  get isOpen(): boolean {
    return this.readyState === 1;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.({} as never);
  }

  send(data: string): void {
    queueMicrotask(() => this.#server.hear(this, JSON.parse(data) as ClientFrame));
  }

  close(): void {
    this.readyState = 3;
  }

  /** The server, or the network, ends it. */
  end(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }

  tell(frame: ServerFrame | Frame): void {
    if (this.isOpen) this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

export class FakeServer {
  readonly clock = new Clock();
  readonly sockets: FakeSocket[] = [];
  /** What the clients have said, in order. */
  readonly heard: ClientFrame[] = [];
  /** The REST requests, as `METHOD path`. */
  readonly asked: string[] = [];
  readonly messages: Stored[] = [];
  readonly gone = new Set<string>();
  readonly bots = [{ id: "default", name: "Bot", description: "Answers.", default: true }];
  /** Visitors' tokens and their sessions. */
  readonly visitors = new Map<string, string>();
  readonly tickets = new Set<string>();
  /** Whether it can be reached at all. */
  up = true;
  knowsResume = true;
  knowsClaim = true;
  /** Access tokens that are taken. */
  tokens = new Set(["token"]);
  /** Whether a handshake is refused. */
  refuses: (url: URL) => boolean = () => false;
  /** Whether a frame of a client never arrives. */
  loses: (frame: ClientFrame) => boolean = () => false;
  /** How often a frame to a client arrives. */
  arrives: (frame: Frame) => number = () => 1;
  /** What is answered instead, if anything. */
  answers: (frame: ClientFrame) => Frame | null = () => null;
  #serial = 0;
  #wake: (() => void)[] = [];
  #doubt: (() => void)[] = [];

  readonly platform: Platform = {
    socket: (url) => this.#accept(url),
    fetch: (url, init) => this.#answer(url, init),
    now: () => this.clock.now,
    after: this.clock.after,
    random: () => 0.5,
    uuid: () => this.#id(),
    listen: (wake, doubt) => {
      this.#wake.push(wake);
      this.#doubt.push(doubt);
      return () => {
        this.#wake = this.#wake.filter((other) => other !== wake);
        this.#doubt = this.#doubt.filter((other) => other !== doubt);
      };
    },
  };

  visitor(options: Partial<ClientOptions> = {}): ConversationsClient {
    const urls = { apiUrl: "https://api.test/api", wsUrl: "wss://api.test/ws" };
    return new ConversationsClient({ ...urls, platform: this.platform, ...options });
  }

  user(options: Partial<ClientOptions> = {}): ConversationsClient {
    return this.visitor({ token: () => Promise.resolve("token"), ...options });
  }

  /** The socket that is open now. */
  get socket(): FakeSocket {
    const open = this.sockets.findLast(({ isOpen }) => isOpen);
    if (open === undefined) throw new Error("No socket is open.");
    return open;
  }

  /** Begin a conversation. */
  conversation(): string {
    return this.#id();
  }

  history(key: string): readonly Stored[] {
    return this.messages.filter((message) => message.key === key);
  }

  /** Somebody says something, and every open socket is told. */
  say(key: string, content: string, more: Partial<StoredMessage> = {}): Stored {
    const message = this.#store(key, { sender: "bot", content, ...more });
    this.#tellAll(frameOf(message));
    return message;
  }

  wake(): void {
    for (const wake of this.#wake) wake();
  }

  doubt(): void {
    for (const doubt of this.#doubt) doubt();
  }

  /** End every socket. */
  cut(code = 1006): void {
    for (const socket of this.sockets) socket.end(code);
  }

  hear(socket: FakeSocket, frame: ClientFrame): void {
    this.heard.push(frame);
    if (!socket.isOpen || this.loses(frame)) return;
    const instead = this.answers(frame);
    if (instead !== null) return this.#tell(socket, instead);
    if (frame.type === "ping") this.#tell(socket, { type: "status", status: "pong" });
    else if (frame.type === "resume") this.#resume(socket, frame.session_id, frame.after);
    else this.#take(socket, frame);
  }

  said(): readonly Extract<ClientFrame, { type: "message" }>[] {
    return this.heard.filter((frame) => frame.type === "message");
  }

  #accept(url: string): FakeSocket {
    const socket = new FakeSocket(url, this);
    this.sockets.push(socket);
    queueMicrotask(() => {
      if (!this.up || this.refuses(socket.url) || !this.#known(socket.url)) socket.end(1006);
      else if (socket.readyState === 0) this.#welcome(socket);
    });
    return socket;
  }

  #known(url: URL): boolean {
    const ticket = url.searchParams.get("ticket");
    const token = url.searchParams.get("session_token");
    const session = url.searchParams.get("session_id")?.slice("session-".length);
    if (session !== undefined && this.gone.has(session)) return false;
    return (ticket === null || this.tickets.delete(ticket)) && (token === null || this.visitors.has(token));
  }

  #welcome(socket: FakeSocket): void {
    socket.open();
    const { searchParams } = socket.url;
    const anonymous = !searchParams.has("ticket");
    const token = searchParams.get("session_token") ?? `token-${this.#id()}`;
    const named = searchParams.get("session_id")?.slice("session-".length);
    const key = (anonymous ? this.visitors.get(token) : named) ?? this.#id();
    if (anonymous) this.visitors.set(token, key);
    this.#tell(socket, {
      type: "status",
      status: "connected",
      session_id: `session-${key}`,
      bot_id: "bot",
      bot_name: "Bot",
      anonymous,
      ...(anonymous ? { session_token: token, expires_in: 1800 } : {}),
    });
  }

  #take(socket: FakeSocket, frame: Extract<ClientFrame, { type: "message" }>): void {
    const { client_message_id, content } = frame;
    const key = frame.session_id.slice("session-".length);
    const known = this.messages.find((message) => message.client_message_id === client_message_id);
    const message = known ?? this.#store(key, { sender: "user", content, client_message_id });
    const { id: message_id, seq, timestamp } = message;
    const receipt = { message_id, seq, timestamp, client_message_id };
    this.#tell(socket, { type: "status", status: "delivered", session_id: frame.session_id, ...receipt });
    for (const other of this.sockets) if (other !== socket && known === undefined) this.#tell(other, frameOf(message));
  }

  #resume(socket: FakeSocket, session_id: string, after: string | undefined): void {
    if (!this.knowsResume) {
      this.#tell(socket, { type: "error", error: "invalid_request", message: "type must be one of …", session_id });
      return;
    }
    const all = this.history(session_id.slice("session-".length));
    const missed = all.slice(all.findIndex(({ id }) => id === after) + 1);
    for (const message of missed.slice(-REPLAYED)) this.#tell(socket, frameOf(message));
    const limited = missed.length > REPLAYED ? { limited: true } : {};
    this.#tell(socket, { type: "status", status: "resumed", session_id, last_seq: all.length, ...limited });
  }

  #store(key: string, message: Pick<Stored, "sender" | "content"> & Partial<StoredMessage>): Stored {
    const seq = this.history(key).length + 1;
    const timestamp = new Date(this.clock.now).toISOString();
    const stored = { id: `msg-${this.#id()}`, seq, timestamp, key, ...message };
    this.messages.push(stored);
    return stored;
  }

  #tellAll(frame: Frame): void {
    for (const socket of this.sockets) this.#tell(socket, frame);
  }

  #tell(socket: FakeSocket, frame: Frame): void {
    for (let times = this.arrives(frame); times > 0; times -= 1) socket.tell(frame);
  }

  async #answer(address: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(address);
    const path = pathname.slice("/api".length);
    this.asked.push(`${init.method} ${path}`);
    await Promise.resolve();
    if (!this.up) throw new TypeError("fetch failed");
    if (path === "/health") return Response.json({ status: "ok" });
    const token = new Headers(init.headers).get("authorization")?.slice("Bearer ".length) ?? "";
    if (!this.tokens.has(token)) return problem(401, "unauthorized");
    return this.#rest(`${init.method} ${path}`, searchParams, JSON.parse(String(init.body ?? "{}")) as Frame);
  }

  #rest(asked: string, query: URLSearchParams, body: Frame): Response {
    if (asked === "POST /tickets") {
      const ticket = this.#id();
      this.tickets.add(ticket);
      return Response.json({ ticket, expires_in: 60, ws_url: "wss://api.test/ws" });
    }
    if (asked === "GET /bots") return Response.json({ bots: this.bots });
    if (asked === "POST /conversations/start") return Response.json({ session_id: `session-${this.#id()}` });
    if (asked === "POST /conversations/claim") return this.#claim(String(body["session_token"]));
    const [, key = "", rest] = /conv-([^/]+)(.*)$/.exec(asked) ?? [];
    if (this.gone.has(key)) return problem(404, "not_found");
    if (rest === "/history") return this.#page(key, query);
    if (rest === "/messages") {
      const { id, seq, timestamp } = this.#store(key, { sender: "user", ...(body as { content: string }) });
      return Response.json({ message_id: id, seq, timestamp, status: "delivered" });
    }
    return Response.json({ id: `conv-${key}` });
  }

  #claim(token: string): Response {
    const key = this.visitors.get(token);
    if (key === undefined || !this.knowsClaim) return problem(404, "not_found");
    return Response.json({ id: `conv-${key}` });
  }

  #page(key: string, query: URLSearchParams): Response {
    const all = this.history(key);
    const limit = Number(query.get("limit"));
    const at = (cursor: string): number => all.findIndex(({ id }) => id === query.get(cursor));
    if (query.has("after")) {
      const later = all.slice(at("after") + 1);
      return Response.json({ messages: later.slice(0, limit), has_more: later.length > limit });
    }
    const earlier = query.has("before") ? all.slice(0, at("before")) : all;
    return Response.json({ messages: earlier.slice(-limit), has_more: earlier.length > limit });
  }

  #id(): string {
    this.#serial += 1;
    return `00000000-0000-4000-8000-${String(this.#serial).padStart(12, "0")}`;
  }
}

function frameOf({ key, ...message }: Stored): Frame {
  return { type: "message", session_id: `session-${key}`, conversation_id: `conv-${key}`, ...message };
}

function problem(status: number, error: string): Response {
  return Response.json({ error, detail: "No." }, { status });
}
