/** A fake server that follows the contract, with switches for the faults that tests inject. */

import {
  type ClientOptions,
  type ConversationSummary,
  ConversationsClient,
  type Platform,
  type SocketLike,
  type StoredMessage,
} from "../src/index.ts";
import type { ClientFrame, Rating, ServerFrame } from "../src/protocol.ts";
import type { FakeAnswer } from "./answers.ts";
import { Clock } from "./clock.ts";

export type Frame = Record<string, unknown>;

interface ServerMessage extends StoredMessage {
  readonly key: string;
}

const MAX_REPLAYED = 100;

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
    queueMicrotask(() => this.#server.receive(this, JSON.parse(data) as ClientFrame));
  }

  close(): void {
    this.readyState = 3;
  }

  /** Close the socket from the server's side. */
  closeWith(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }

  /** Deliver a frame to the client. */
  deliver(frame: ServerFrame | Frame): void {
    if (this.isOpen) this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

export class FakeServer {
  readonly clock = new Clock();
  readonly sockets: FakeSocket[] = [];
  /** The frames received from clients, in order. */
  readonly receivedFrames: ClientFrame[] = [];
  /** The REST requests, as `METHOD path`. */
  readonly requests: string[] = [];
  readonly messages: ServerMessage[] = [];
  readonly deletedKeys = new Set<string>();
  readonly bots = [{ id: "default", name: "Bot", description: "Answers.", default: true }];
  /** The conversation keys of the visitors' tokens. */
  readonly visitorTokens = new Map<string, string>();
  readonly tickets = new Set<string>();
  /** The list of the user's conversations, latest activity first. */
  conversations: readonly ConversationSummary[] = [];
  /** The answers that bots are writing, by the key of the conversation. */
  readonly answers = new Map<string, FakeAnswer>();
  /** Whether the server is reachable. */
  isUp = true;
  supportsResume = true;
  supportsClaim = true;
  /** The access tokens that are accepted. */
  validTokens = new Set(["token"]);
  /** Whether a handshake is rejected. */
  rejectsHandshake: (url: URL) => boolean = () => false;
  /** Whether a frame of a client is lost. */
  dropsFrame: (frame: ClientFrame) => boolean = () => false;
  /** How many times a frame is delivered to a client. */
  countDeliveries: (frame: Frame) => number = () => 1;
  /** A frame to answer instead of the normal answer; `null` for the normal one. */
  overrideAnswer: (frame: ClientFrame) => Frame | null = () => null;
  /** A response to a request, `METHOD /path`, instead of the normal one; `null` for the normal one. */
  overrideResponse: (request: string) => Response | null = () => null;
  /** The forms of uploads that were accepted. */
  readonly forms: FormData[] = [];
  /** The status of the next form; it may throw. */
  answerForm: () => number = () => 204;
  #idCount = 0;
  #wakeListeners: (() => void)[] = [];
  #offlineListeners: (() => void)[] = [];

  readonly platform: Platform = {
    openSocket: (url) => this.#accept(url),
    fetch: (url, init) => this.#handleRequest(url, init),
    postForm: async (_url, form, _signal, onProgress) => {
      onProgress(1);
      const status = this.answerForm();
      if (status < 400) this.forms.push(form);
      return status;
    },
    now: () => this.clock.now,
    schedule: this.clock.schedule,
    random: () => 0.5,
    uuid: () => this.createId(),
    watchNetwork: (onWake, onOffline) => {
      this.#wakeListeners.push(onWake);
      this.#offlineListeners.push(onOffline);
      return () => {
        this.#wakeListeners = this.#wakeListeners.filter((other) => other !== onWake);
        this.#offlineListeners = this.#offlineListeners.filter((other) => other !== onOffline);
      };
    },
  };

  createVisitorClient(options: Partial<ClientOptions> = {}): ConversationsClient {
    const urls = { apiUrl: "https://api.test/api", wsUrl: "wss://api.test/ws" };
    return new ConversationsClient({ ...urls, platform: this.platform, ...options });
  }

  createUserClient(options: Partial<ClientOptions> = {}): ConversationsClient {
    return this.createVisitorClient({ token: () => Promise.resolve("token"), ...options });
  }

  /** The socket that is open now. */
  get socket(): FakeSocket {
    const open = this.sockets.findLast(({ isOpen }) => isOpen);
    if (open === undefined) throw new Error("No socket is open.");
    return open;
  }

  /** Create a conversation and return its key. */
  createConversation(): string {
    return this.createId();
  }

  listMessages(key: string): readonly ServerMessage[] {
    return this.messages.filter((message) => message.key === key);
  }

  /** Store a message of the bot and broadcast it to every open socket. */
  postMessage(key: string, content: string, more: Partial<StoredMessage> = {}): ServerMessage {
    const message = this.#store(key, { sender: "bot", content, ...more });
    this.broadcast(toFrame(message));
    return message;
  }

  /** Broadcast a message again, as a repeated delivery does. */
  rebroadcast(message: ServerMessage): void {
    this.broadcast(toFrame(message));
  }

  /** Replace the content of the last message, as a bot does that has asked for a password, and broadcast it. */
  redactLastMessage(key: string): void {
    const index = this.messages.findLastIndex((message) => message.key === key);
    const message = { ...(this.messages[index] as ServerMessage), content: "********" };
    this.messages[index] = message;
    this.broadcast(toFrame(message));
  }

  wake(): void {
    for (const onWake of this.#wakeListeners) onWake();
  }

  goOffline(): void {
    for (const onOffline of this.#offlineListeners) onOffline();
  }

  /** Close every socket. */
  disconnect(code = 1006): void {
    for (const socket of this.sockets) socket.closeWith(code);
  }

  receive(socket: FakeSocket, frame: ClientFrame): void {
    this.receivedFrames.push(frame);
    if (!socket.isOpen || this.dropsFrame(frame)) return;
    const override = this.overrideAnswer(frame);
    if (override !== null) return this.send(socket, override);
    if (frame.type === "ping") this.send(socket, { type: "status", status: "pong" });
    else if (frame.type === "resume") this.#resume(socket, frame.session_id, frame.after);
    else if (frame.type === "stop") {
      const { session_id, id } = frame;
      const isRunning = this.answers.get(session_id.slice("session-".length))?.stop(id) === true;
      const more = id === undefined ? {} : { id };
      this.send(socket, { type: "status", status: isRunning ? "stopping" : "idle", session_id, ...more });
    } else if (frame.type === "rate") this.#rate(frame.session_id, frame.id, frame.rating);
    else if (frame.type === "upload") {
      const { session_id, client_upload_id } = frame;
      this.send(socket, { type: "upload", session_id, client_upload_id, ...startUpload({ ...frame }) });
    } else this.#onMessage(socket, frame);
  }

  listReceivedMessages(): readonly Extract<ClientFrame, { type: "message" }>[] {
    return this.receivedFrames.filter((frame) => frame.type === "message");
  }

  #accept(url: string): FakeSocket {
    const socket = new FakeSocket(url, this);
    this.sockets.push(socket);
    queueMicrotask(() => {
      if (!this.isUp || this.rejectsHandshake(socket.url) || !this.#acceptsCredentials(socket.url)) socket.closeWith(1006);
      else if (socket.readyState === 0) this.#connect(socket);
    });
    return socket;
  }

  #acceptsCredentials(url: URL): boolean {
    const ticket = url.searchParams.get("ticket");
    const token = url.searchParams.get("session_token");
    const session = url.searchParams.get("session_id")?.slice("session-".length);
    if (session !== undefined && this.deletedKeys.has(session)) return false;
    return (ticket === null || this.tickets.delete(ticket)) && (token === null || this.visitorTokens.has(token));
  }

  #connect(socket: FakeSocket): void {
    socket.open();
    const { searchParams } = socket.url;
    const anonymous = !searchParams.has("ticket");
    const token = searchParams.get("session_token") ?? `token-${this.createId()}`;
    const requestedKey = searchParams.get("session_id")?.slice("session-".length);
    const key = (anonymous ? this.visitorTokens.get(token) : requestedKey) ?? this.createId();
    if (anonymous) this.visitorTokens.set(token, key);
    this.send(socket, {
      type: "status",
      status: "connected",
      session_id: `session-${key}`,
      bot_id: "bot",
      bot_name: "Bot",
      anonymous,
      ...(anonymous ? { session_token: token, expires_in: 1800 } : {}),
    });
  }

  #onMessage(socket: FakeSocket, frame: Extract<ClientFrame, { type: "message" }>): void {
    const { client_message_id, content } = frame;
    const key = frame.session_id.slice("session-".length);
    const existing = this.messages.find((message) => message.client_message_id === client_message_id);
    const message = existing ?? this.#store(key, { sender: "user", content, client_message_id });
    const { id: message_id, seq, timestamp } = message;
    const receipt = { message_id, seq, timestamp, client_message_id };
    this.send(socket, { type: "status", status: "delivered", session_id: frame.session_id, ...receipt });
    for (const other of this.sockets) if (other !== socket && existing === undefined) this.send(other, toFrame(message));
  }

  #rate(session_id: string, id: string, rating: Rating | null): void {
    const index = this.messages.findIndex((message) => message.id === id);
    const { rating: _rating, ...message } = this.messages[index] as ServerMessage;
    const rated = rating === null ? {} : { rating };
    this.messages[index] = { ...message, ...rated };
    this.broadcast({ type: "status", status: "rated", session_id, id, ...rated });
  }

  #resume(socket: FakeSocket, session_id: string, after: string | undefined): void {
    if (!this.supportsResume) {
      this.send(socket, { type: "error", error: "invalid_request", message: "type must be one of …", session_id });
      return;
    }
    const messages = this.listMessages(session_id.slice("session-".length));
    const missed = messages.slice(messages.findIndex(({ id }) => id === after) + 1);
    for (const message of missed.slice(-MAX_REPLAYED)) this.send(socket, toFrame(message));
    const answering = this.answers.has(session_id.slice("session-".length)) ? { answering: true } : {};
    const limited = missed.length > MAX_REPLAYED ? { limited: true } : {};
    this.send(socket, { type: "status", status: "resumed", session_id, last_seq: messages.length, ...limited, ...answering });
  }

  #store(key: string, message: Pick<ServerMessage, "sender" | "content"> & Partial<StoredMessage>): ServerMessage {
    const seq = this.listMessages(key).length + 1;
    const timestamp = new Date(this.clock.now).toISOString();
    const stored = { id: `msg-${this.createId()}`, seq, timestamp, key, ...message };
    this.messages.push(stored);
    return stored;
  }

  /** Send a frame to every open socket. */
  broadcast(frame: Frame): void {
    for (const socket of this.sockets) this.send(socket, frame);
  }

  send(socket: FakeSocket, frame: Frame): void {
    for (let times = this.countDeliveries(frame); times > 0; times -= 1) socket.deliver(frame);
  }

  async #handleRequest(address: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(address);
    const path = pathname.slice("/api".length);
    this.requests.push(`${init.method} ${path}`);
    await Promise.resolve();
    if (!this.isUp) throw new TypeError("fetch failed");
    if (path === "/health") return Response.json({ status: "ok" });
    if (path === "/connections/check") return this.overrideResponse(`GET ${path}`) ?? new Response(null, { status: 204 });
    const token = new Headers(init.headers).get("authorization")?.slice("Bearer ".length) ?? "";
    if (!this.validTokens.has(token)) return createErrorResponse(401, "unauthorized");
    const override = this.overrideResponse(`${init.method} ${path}`);
    if (override !== null) return override;
    return this.#route(`${init.method} ${path}`, searchParams, JSON.parse(String(init.body ?? "{}")) as Frame);
  }

  #route(request: string, query: URLSearchParams, body: Frame): Response {
    if (request === "POST /tickets") {
      const ticket = this.createId();
      this.tickets.add(ticket);
      return Response.json({ ticket, expires_in: 60, ws_url: "wss://api.test/ws" });
    }
    if (request === "GET /bots") return Response.json({ bots: this.bots });
    if (request === "POST /conversations/start") return Response.json({ session_id: `session-${this.createId()}` });
    if (request === "POST /conversations/claim") return this.#claim(String(body["session_token"]));
    if (request === "GET /conversations") return this.#listConversations(query);
    const [, key = "", resource] = /conv-([^/]+)(.*)$/.exec(request) ?? [];
    if (this.deletedKeys.has(key)) return createErrorResponse(404, "not_found");
    if (resource === "/history") return this.#getPage(key, query);
    if (resource === "/files") return Response.json(startUpload(body), { status: 201 });
    if (resource === "/messages") {
      const { id, seq, timestamp } = this.#store(key, { sender: "user", ...(body as { content: string }) });
      return Response.json({ message_id: id, seq, timestamp, status: "delivered" });
    }
    const [, ratedId] = /^\/messages\/(.+)\/rating$/.exec(resource ?? "") ?? [];
    if (ratedId !== undefined) {
      this.#rate(`session-${key}`, ratedId, body["rating"] as Rating | null);
      return Response.json({ message_id: ratedId, rating: body["rating"] ?? undefined });
    }
    if (request.startsWith("PATCH")) {
      const title = body["title"] || undefined;
      this.broadcast({ type: "status", status: "renamed", session_id: `session-${key}`, title });
    }
    if (request.startsWith("DELETE")) {
      this.deletedKeys.add(key);
      return new Response(null, { status: 204 });
    }
    return Response.json(this.conversations.find(({ id }) => id === `conv-${key}`) ?? { id: `conv-${key}` });
  }

  #listConversations(query: URLSearchParams): Response {
    const listed = this.conversations.filter(({ status }) => status === (query.get("status") ?? status));
    const start = Number(query.get("cursor") ?? "0");
    const end = start + Number(query.get("limit"));
    const conversations = listed.slice(start, end);
    return Response.json({ conversations, total: listed.length, next_cursor: end < listed.length ? String(end) : null });
  }

  #claim(token: string): Response {
    const key = this.visitorTokens.get(token);
    if (key === undefined || !this.supportsClaim) return createErrorResponse(404, "not_found");
    return Response.json({ id: `conv-${key}` });
  }

  #getPage(key: string, query: URLSearchParams): Response {
    const messages = this.listMessages(key);
    const limit = Number(query.get("limit"));
    const indexOf = (cursor: string): number => messages.findIndex(({ id }) => id === query.get(cursor));
    if (query.has("after")) {
      const later = messages.slice(indexOf("after") + 1);
      return Response.json({ messages: later.slice(0, limit), has_more: later.length > limit });
    }
    const earlier = query.has("before") ? messages.slice(0, indexOf("before")) : messages;
    return Response.json({ messages: earlier.slice(-limit), has_more: earlier.length > limit });
  }

  /** Create an id that is greater than all ids before. */
  createId(): string {
    this.#idCount += 1;
    return `00000000-0000-4000-8000-${String(this.#idCount).padStart(12, "0")}`;
  }
}

function toFrame({ key, ...message }: ServerMessage): Frame {
  return { type: "message", session_id: `session-${key}`, conversation_id: `conv-${key}`, ...message };
}

function createErrorResponse(status: number, error: string): Response {
  return Response.json({ error, detail: "No." }, { status });
}

function startUpload({ name, content_type }: Frame): Frame {
  const fileId = "f".repeat(40);
  return {
    file_id: fileId,
    attachment: { name, content_type, url: `https://api.test/api/files/${fileId}` },
    upload: { url: "https://bucket.test/", fields: { key: "!new/1" }, expires_at: "2026-01-01T00:15:00.000Z" },
  };
}
