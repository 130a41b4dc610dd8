/**
 * What the clients of visitors and users have in common. It has no code of the REST API, which visitors cannot use: the
 * widget, a visitor's client, is smaller without it.
 *
 * @module
 */

import type { Api } from "./api.ts";
import type { BaseClientOptions, ClientEvents } from "./client-types.ts";
import { type ConnectionFailure, ConnectionFailureTracker } from "./connection-failure.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import type { ConversationContext, UploadEvents } from "./conversation-types.ts";
import type { Conversation } from "./conversation.ts";
import { ApiError, NO_ANSWER } from "./errors.ts";
import { Emitter } from "./events.ts";
import { findFailure } from "./find-failure.ts";
import { FrameHandler } from "./frame-handler.ts";
import { toKey } from "./ids.ts";
import { MessageSender } from "./message-sender.ts";
import { OpenConversations } from "./open-conversations.ts";
import { Outbox, type OutboxMessage } from "./outbox.ts";
import { type Platform, defaultPlatform } from "./platform.ts";
import { type SocketUser, createSocketUrl } from "./socket-url.ts";
import { MemoryStorage, Store } from "./storage.ts";
import { DEFAULT_TIMING, type Timing } from "./timing.ts";
import { Visitor } from "./visitor.ts";

/** The close code for a frame that is too large. */
const CLOSE_TOO_LARGE = 1009;
/** The owner of a visitor's values in a storage. */
export const VISITOR_OWNER = "visitor";

/** A signed-in user. */
export interface User {
  readonly api: Api;
  /** The owner of the user's values in the storage. */
  readonly owner: string;
}

/** A connection of a visitor or a user, and the conversations over it. */
export class BaseClient extends Emitter<ClientEvents> {
  readonly #apiUrl: string;
  readonly #wsUrl: string;
  readonly #botId: string | undefined;
  readonly #platform: Platform;
  readonly #timing: Timing;
  /** `null` for visitors, who have no access to it. */
  readonly #api: Api | null;
  readonly #visitor: Visitor | null;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #conversations: OpenConversations;
  readonly #frames: FrameHandler;
  readonly #uploadAnswers = new Emitter<UploadEvents>();
  readonly #failures = new ConnectionFailureTracker((failure) => this.emit("connectionFailure", failure));

  /**
   * @internal
   *
   * @param user - `null` for a visitor.
   */
  constructor(options: BaseClientOptions, user: User | null = null) {
    super();
    this.#platform = { ...defaultPlatform, ...options.platform };
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    this.#apiUrl = options.apiUrl;
    this.#wsUrl = options.wsUrl;
    this.#botId = options.botId;
    const store = new Store(options.storage ?? new MemoryStorage(), user?.owner ?? VISITOR_OWNER);
    this.#api = user?.api ?? null;
    this.#visitor = user === null ? new Visitor(store, this.#platform) : null;
    this.#connection = this.#createConnection();
    this.#outbox = this.#createOutbox(store);
    this.#conversations = new OpenConversations(this.#createContext(), this.#visitor);
    this.#frames = new FrameHandler({
      api: this.#api,
      connection: this.#connection,
      conversations: this.#conversations,
      events: this,
      outbox: this.#outbox,
      uploadAnswers: this.#uploadAnswers,
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

  /** Connect and stay connected. If no conversation is open, the server chooses or starts one. */
  connect(): void {
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

  /** Send messages that are not in the outbox yet. */
  protected addUnsent(messages: readonly OutboxMessage[]): void {
    this.#outbox.add(...messages);
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
    const sender = new MessageSender(this.#api, {
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
      api: this.#api,
      isConnected: () => this.state === "open",
      sendFrame: (frame) => this.#connection.send(frame),
      uploadAnswers: this.#uploadAnswers,
      onDelayed: (error) => this.#onDelayed(error),
      onClose: (conversation) => this.#conversations.remove(conversation),
    };
  }

  /** Whose socket is opened. */
  get #socketUser(): SocketUser {
    if (this.#api !== null) return { api: this.#api, getConversation: () => this.#conversations.newestActive };
    const token = this.#failures.isTokenSuspect ? null : this.#visitor?.token;
    return { api: null, token, botId: this.#botId };
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
    const botId = this.#api === null ? (this.#botId ?? "") : null;
    const failure = await findFailure(this.#apiUrl, botId, this.#platform, this.#timing.requestTimeout);
    if (this.state !== "waiting") return;
    this.#failures.addHandshake(failure);
    const newest = this.#conversations.newestActive;
    if (failure !== "refused" || !this.#failures.isUrlSuspect || newest?.id == null) return;
    await this.#api?.getConversation(newest.id).catch((error: unknown) => {
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
}
