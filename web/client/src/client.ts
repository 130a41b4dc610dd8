/**
 * The client: one user or visitor, one connection, any number of conversations.
 *
 * @module
 */

import { Api } from "./api.ts";
import { VisitorClaim } from "./claim.ts";
import type { ClientEvents, ClientOptions } from "./client-types.ts";
import { type ConnectionFailure, ConnectionFailureTracker } from "./connection-failure.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import type { ConversationContext } from "./conversation-types.ts";
import type { Conversation } from "./conversation.ts";
import { ApiError, NO_ANSWER } from "./errors.ts";
import { Emitter } from "./events.ts";
import { FrameHandler } from "./frame-handler.ts";
import { toKey } from "./ids.ts";
import { MessageSender } from "./message-sender.ts";
import { OpenConversations } from "./open-conversations.ts";
import { Outbox } from "./outbox.ts";
import { type Platform, checkWebSocket, createPlatform } from "./platform.ts";
import { type SocketUser, createSocketUrl } from "./socket-url.ts";
import { type ClientStorage, MemoryStorage, Store } from "./storage.ts";
import { DEFAULT_TIMING, type Timing } from "./timing.ts";
import { Visitor } from "./visitor.ts";

/** The close code for a frame that is too large. */
const CLOSE_TOO_LARGE = 1009;
const VISITOR_OWNER = "visitor";

/**
 * A client of the Conversations API. Messages are delivered once and in order, and shown once and in order, over lost
 * connections, server restarts and page reloads.
 *
 * @example
 * ```ts
 * const client = new ConversationsClient({ apiUrl, wsUrl, storage: sessionStorage });
 * const conversation = client.conversation();
 * conversation.on("change", ({ messages }) => render(messages));
 * client.connect();
 * conversation.send("Hello");
 * ```
 */
export class ConversationsClient extends Emitter<ClientEvents> {
  /** The REST API, called as the user. */
  readonly api: Api;
  readonly #wsUrl: string;
  readonly #botId: string | undefined;
  readonly #storage: ClientStorage;
  readonly #platform: Platform;
  readonly #timing: Timing;
  readonly #visitor: Visitor | null;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #conversations: OpenConversations;
  readonly #frames: FrameHandler;
  readonly #failures = new ConnectionFailureTracker((failure) => this.emit("connectionFailure", failure));

  constructor(options: ClientOptions) {
    super();
    this.#platform = createPlatform(options.webSocket, options.platform);
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    const token = options.token ?? null;
    this.#wsUrl = options.wsUrl;
    this.#botId = options.botId;
    this.#storage = options.storage ?? new MemoryStorage();
    const store = new Store(this.#storage, token === null ? VISITOR_OWNER : `user/${options.account ?? ""}`);
    this.#visitor = token === null ? new Visitor(store, this.#platform) : null;
    const { requestTimeout } = this.#timing;
    this.api = new Api(options.apiUrl, token, () => this.#onSignedOut(), this.#platform, requestTimeout);
    this.#connection = this.#createConnection();
    this.#outbox = this.#createOutbox(store);
    this.#conversations = new OpenConversations(this.#createContext(), this.#visitor);
    this.#frames = new FrameHandler({
      api: this.api,
      connection: this.#connection,
      conversations: this.#conversations,
      events: this,
      outbox: this.#outbox,
      visitor: this.#visitor,
    });
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** Why the client cannot connect; `null` if it is connected, or if that is not known yet. */
  get connectionFailure(): ConnectionFailure | null {
    return this.#failures.failure;
  }

  /** @internal The network and the clock. */
  get platform(): Platform {
    return this.#platform;
  }

  /** Whether this is the client of an anonymous visitor. */
  get anonymous(): boolean {
    return this.#visitor !== null;
  }

  /** Milliseconds without a message after which a visitor's conversation expires; 0 for users and while unknown. */
  get lifetime(): number {
    return this.#visitor?.lifetime ?? 0;
  }

  /**
   * Connect and stay connected. If no conversation is open, the server chooses or starts one.
   *
   * @throws Error if there is no class `WebSocket`, neither in the runtime nor in the options.
   */
  connect(): void {
    checkWebSocket(this.#platform);
    this.#connection.open();
  }

  /** Disconnect. Messages that were not delivered stay in the storage for the next client. */
  close(): void {
    this.#connection.close();
  }

  /** Disconnect and delete everything of this user or visitor from the storage: for signing out. */
  forget(): void {
    this.close();
    this.#outbox.clear();
    this.#visitor?.clear();
  }

  /**
   * Open a conversation. Its messages are kept up to date, over lost connections too, until it is closed.
   *
   * @param id - A conversation id or session id. Without it, the conversation that the server opens the socket for: the
   * only one of a visitor, or the one that the user opened last.
   * @returns The same object for the same conversation while it is open.
   */
  conversation(id?: string): Conversation {
    const isLatest = id === undefined && this.#visitor === null;
    const key = this.#visitor?.key ?? (id === undefined ? this.#conversations.socketKey : toKey(id));
    const open = isLatest ? this.#conversations.all.at(-1) : this.#conversations.find(key);
    if (open !== undefined) return open;
    const conversation = this.#conversations.create(key);
    // An open socket says `connected` only once, and a visitor's history comes over the socket.
    if (key !== null && (this.#visitor === null || this.state === "open")) conversation.catchUp();
    return conversation;
  }

  /**
   * Start a new conversation of the user.
   *
   * @throws `ApiError` | `SignedOutError`
   */
  async start(options: { readonly botId?: string } = {}): Promise<Conversation> {
    const body = options.botId === undefined ? {} : { bot_id: options.botId };
    const { session_id: id } = await this.api.startConversation(body);
    return this.conversation(id);
  }

  /**
   * Claim the conversation that the user started as a visitor on this storage, with its unsent messages. Idempotent; if
   * it throws, it can be called again.
   *
   * @returns The conversation, which now belongs to the user; `null` if the visitor has no conversation, or it has expired.
   * @throws `ApiError` | `SignedOutError`
   */
  async claim(): Promise<Conversation | null> {
    const claim = new VisitorClaim(this.api, new Store(this.#storage, VISITOR_OWNER), this.#platform);
    const claimed = await claim.claim();
    let conversation: Conversation | null = null;
    if (claimed !== null) {
      this.#outbox.add(...claimed.unsentMessages);
      conversation = this.conversation(claimed.id);
    }
    claim.clear();
    return conversation;
  }

  // -- wiring -------------------------------------------------------------------------------------------------------

  #createConnection(): Connection {
    return new Connection(
      {
        getUrl: () => createSocketUrl(this.#wsUrl, this.#socketUser),
        onFrame: (frame) => this.#frames.handle(frame),
        onStateChange: (state, previous) => this.#onStateChange(state, previous),
        onDisconnected: (code) => {
          if (code === CLOSE_TOO_LARGE) this.#outbox.failLargest();
        },
        onHandshakeFailed: () => this.#onHandshakeFailed(),
        onUrlFailed: (error) => this.#failures.addRequest(error),
      },
      this.#platform,
      this.#timing,
    );
  }

  #createOutbox(store: Store): Outbox {
    const sender = new MessageSender(this.#userApi, {
      isConnected: () => this.state === "open",
      sendFrame: (frame) => this.#connection.send(frame),
      onDelivered: (frame) => this.#frames.handle(frame),
      onError: (clientMessageId, error) => this.#outbox.handleError(clientMessageId, error),
    });
    return new Outbox(
      store,
      {
        transmit: (message) => sender.send(message),
        onAckTimeout: () => this.#connection.restart(),
        getLastReceivedAt: () => this.#connection.lastReceivedAt,
        onFailed: ({ conversation, clientMessageId, failure }) => {
          if (failure !== undefined) this.#conversations.find(conversation)?.markFailed(clientMessageId, failure);
        },
      },
      this.#platform,
      this.#timing,
    );
  }

  #createContext(): ConversationContext {
    return {
      outbox: this.#outbox,
      platform: this.#platform,
      timing: this.#timing,
      api: this.#userApi,
      isConnected: () => this.state === "open",
      sendFrame: (frame) => this.#connection.send(frame),
      onDelayed: (error) => this.#onDelayed(error),
      onClose: (conversation) => this.#conversations.remove(conversation),
    };
  }

  /** Whose socket is opened. */
  get #socketUser(): SocketUser {
    if (this.#visitor !== null) {
      const visitorToken = this.#failures.isTokenSuspect ? null : this.#visitor.token;
      return { visitorToken, botId: this.#botId };
    }
    return { api: this.api, getConversation: () => this.#conversations.newestActive };
  }

  /** The REST API; `null` for visitors, who have no access to it. */
  get #userApi(): Api | null {
    return this.#visitor === null ? this.api : null;
  }

  // -- connection ---------------------------------------------------------------------------------------------------

  #onStateChange(state: ConnectionState, previous: ConnectionState): void {
    if (state === "open" || state === "closed") this.#failures.reset();
    if (previous === "open") {
      this.#conversations.socketKey = null;
      this.#outbox.releaseAll();
      for (const conversation of this.#conversations.all) conversation.onDisconnected();
    }
    this.emit("state", state);
  }

  /** Check whether the conversation still exists, if the server is reachable and handshakes keep failing. */
  async #onHandshakeFailed(): Promise<void> {
    const failure = await this.api.findFailure(this.#visitor === null ? null : (this.#botId ?? ""));
    if (this.state !== "waiting") return;
    this.#failures.addHandshake(failure);
    const newest = this.#conversations.newestActive;
    if (failure !== "refused" || this.#visitor !== null || !this.#failures.isUrlSuspect || newest?.id == null) return;
    await this.api.getConversation(newest.id).catch((error: unknown) => {
      if (error instanceof ApiError && error.isGone) newest.end("gone");
    });
  }

  #onDelayed(error: unknown): void {
    if (error instanceof ApiError) {
      const { error: code, message, retryAfter } = error;
      this.emit("problem", { error: code, message, retryAfter, operation: "loading" });
    } else {
      this.emit("problem", { error: "unavailable", message: NO_ANSWER, retryAfter: null, operation: "loading" });
    }
  }

  #onSignedOut(): void {
    this.close();
    this.emit("signedOut", null);
  }
}
