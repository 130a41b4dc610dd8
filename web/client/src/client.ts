/**
 * The client: one person, one connection, any number of conversations.
 *
 * @module
 */

import { Api, type TokenSource } from "./api.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import { Conversation, type Ending, type Link } from "./conversation.ts";
import { ApiError } from "./errors.ts";
import { Emitter } from "./events.ts";
import { conversationId, keyOf, sessionId } from "./ids.ts";
import { type Letter, Outbox } from "./outbox.ts";
import { type Platform, here } from "./platform.ts";
import type {
  ConnectedFrame,
  DeliveredFrame,
  ErrorFrame,
  ErrorWord,
  MessageFrame,
  Sender,
  ServerFrame,
  SuggestionFrame,
} from "./protocol.ts";
import { type ClientStorage, MemoryStorage, Store } from "./storage.ts";
import { DEFAULT_TIMING, type Timing } from "./timing.ts";
import { Visitor } from "./visitor.ts";

export interface ClientOptions {
  /** Where REST is, `https://…/api`. */
  readonly apiUrl: string;
  /** Where the socket is, `wss://…/ws`. */
  readonly wsUrl: string;
  /** Gives the user's access token; without it the client is an anonymous visitor's. */
  readonly token?: TokenSource;
  /**
   * What survives a reload; without it nothing does. `sessionStorage` keeps it to one tab and until that is closed.
   * No two clients may be open on the same storage.
   */
  readonly storage?: ClientStorage;
  /** Whose storage it is, where several users take turns: what one has written is never sent as another. */
  readonly account?: string;
  /** Other patience than the default, for a server with other limits. */
  readonly timing?: Partial<Timing>;
  /** Another network and clock, for tests. */
  readonly platform?: Partial<Platform>;
}

/** Something was said in one of the user's conversations, open here or not. */
export interface Activity {
  readonly conversationId: string;
  readonly sender: Sender;
  readonly content: string;
  readonly timestamp: string;
}

/** Something the person might want to be told. */
export interface Problem {
  readonly error: ErrorWord;
  /** A sentence of the server's. */
  readonly message: string;
  /** Milliseconds until it is tried again by itself, where it is. */
  readonly retryAfter: number | null;
  readonly concerns: "sending" | "loading";
}

/** What the client says of itself. */
export interface ClientEvents {
  state: ConnectionState;
  activity: Activity;
  /** The conversation without an id is another one: a visitor's session has ended, and this takes its place. */
  conversation: Conversation;
  problem: Problem;
  /** The token is not taken any more, nor a fresh one: the connection is closed. */
  signedOut: null;
}

/** API Gateway's largest frame, in bytes; a larger one ends the socket with 1009. */
const LARGEST_FRAME = 32 * 1024;
const TOO_LARGE = 1009;
/** Handshakes refused by a server that is well, after which what was named in them is doubted. */
const REFUSALS = 2;
const VISITOR = "visitor";

/**
 * Keeps the contract's promises for an app: what is sent is delivered once and in order, what is said is shown once and
 * in order, over lost connections, restarts and reloads.
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
  /** REST in the name of the user: the list, starting, and whatever else an app wants. */
  readonly api: Api;
  readonly #wsUrl: string;
  readonly #storage: ClientStorage;
  readonly #visitor: Visitor | null;
  readonly #store: Store;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #link: Link;
  /** Those that are open, in the order they were opened. */
  #conversations: readonly Conversation[] = [];
  #refusals = 0;

  constructor(options: ClientOptions) {
    super();
    const platform = { ...here, ...options.platform };
    const timing = { ...DEFAULT_TIMING, ...options.timing };
    const token = options.token ?? null;
    this.#wsUrl = options.wsUrl;
    this.#storage = options.storage ?? new MemoryStorage();
    this.#store = new Store(this.#storage, token === null ? VISITOR : `user/${options.account ?? ""}`);
    this.#visitor = token === null ? new Visitor(this.#store, platform) : null;
    this.api = new Api(options.apiUrl, token, () => this.#onSignedOut(), platform, timing.answeredWithin);
    this.#outbox = new Outbox(
      this.#store,
      {
        transmit: (letter) => this.#transmit(letter),
        onSilence: () => this.#connection.restart(),
        heardAt: () => this.#connection.heardAt,
        onFailed: ({ conversation, clientMessageId, failure }) => {
          if (failure !== undefined) this.#find(conversation)?.failed(clientMessageId, failure);
        },
      },
      platform,
      timing,
    );
    this.#connection = new Connection(
      {
        dial: () => this.#dial(),
        onFrame: (frame) => this.#receive(frame),
        onState: (state, before) => this.#onState(state, before),
        onLost: (code) => {
          if (code === TOO_LARGE) this.#outbox.tooLarge();
        },
        onRefused: () => this.#onRefused(),
      },
      platform,
      timing,
    );
    this.#link = {
      outbox: this.#outbox,
      platform,
      timing,
      api: token === null ? null : this.api,
      connected: () => this.state === "open",
      send: (frame) => this.#connection.send(frame),
      onDelayed: (error) => this.#onDelayed(error),
      onClose: (conversation) => {
        this.#conversations = this.#conversations.filter((other) => other !== conversation);
      },
    };
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** Whether this is an anonymous visitor. */
  get anonymous(): boolean {
    return this.#visitor !== null;
  }

  /** Milliseconds without a message after which a visitor's conversation ends; 0 for users, and until it is known. */
  get lifetime(): number {
    return this.#visitor?.lifetime ?? 0;
  }

  /** Open the connection, and keep it open. Without an open conversation the server chooses or begins one. */
  connect(): void {
    this.#connection.open();
  }

  /** Close the connection. What was written and not delivered stays in the storage for the next client on it. */
  close(): void {
    this.#connection.close();
  }

  /** Close, and leave nothing of this person in the storage: for signing out. */
  forget(): void {
    this.close();
    for (const { conversation } of this.#outbox.letters) this.#outbox.abandon(conversation);
    this.#visitor?.forget();
  }

  /**
   * Open a conversation: everything said in it comes, and stays complete over lost connections, until it is closed.
   *
   * @param id - A conversation or session id of this user's. Without one, the conversation that the server opens the
   * socket for: a visitor's only one, or the one the user was last in.
   * @returns The same object for the same conversation while it is open.
   */
  conversation(id?: string): Conversation {
    const key = this.#visitor === null ? (id === undefined ? null : keyOf(id)) : this.#visitor.key;
    const open = id === undefined && this.#visitor === null ? this.#conversations.at(-1) : this.#find(key);
    if (open !== undefined) return open;
    const conversation = this.#begin(key);
    if (this.#visitor === null && key !== null) conversation.catchUp();
    return conversation;
  }

  /**
   * Begin a new conversation of the user's.
   *
   * @throws `ApiError` | `SignedOutError`
   */
  async start(options: { readonly botId?: string } = {}): Promise<Conversation> {
    const { session_id: id } = await this.api.start(options.botId === undefined ? {} : { bot_id: options.botId });
    return this.conversation(id);
  }

  /**
   * Take over what a visitor has said on this storage before signing in, with what was written and not yet sent. Asking
   * again changes nothing; if it throws, ask again.
   *
   * @returns The conversation, now the user's; `null` if there is none, or it has ended.
   * @throws `ApiError` | `SignedOutError`
   */
  async claim(): Promise<Conversation | null> {
    const store = new Store(this.#storage, VISITOR);
    const { platform, timing } = this.#link;
    const visitor = new Visitor(store, platform);
    const nobody = { transmit: () => false, onSilence: never, heardAt: () => 0, onFailed: never };
    const outbox = new Outbox(store, nobody, platform, timing);
    const claimed = visitor.token === null ? null : await this.#claimed(visitor.token);
    let conversation: Conversation | null = null;
    if (claimed !== null) {
      const letters = outbox.letters.map((letter) => ({ ...letter, conversation: keyOf(claimed) }));
      // Those that are stored already are found out before the others are sent.
      const { messages } = await this.api.history(claimed, 100);
      const stored = new Set(messages.map((message) => message.client_message_id));
      this.#outbox.add(...letters.filter(({ clientMessageId }) => !stored.has(clientMessageId)));
      conversation = this.conversation(claimed);
    }
    for (const letter of outbox.letters) outbox.abandon(letter.conversation);
    visitor.forget();
    return conversation;
  }

  // -- the connection ---------------------------------------------------------------------------------------------

  async #dial(): Promise<string> {
    const url = new URL(this.#wsUrl);
    if (this.#visitor !== null) {
      // Refused twice, the token may be dead, or there were too many visitors from here: try one without.
      const token = this.#refusals % (REFUSALS + 1) === REFUSALS ? null : this.#visitor.token;
      if (token !== null) url.searchParams.set("session_token", token);
      return url.href;
    }
    url.searchParams.set("ticket", await this.api.ticket());
    const named = this.#newest();
    if (named?.key != null) url.searchParams.set("session_id", sessionId(named.key));
    return url.href;
  }

  #onState(state: ConnectionState, before: ConnectionState): void {
    if (before === "open") {
      this.#outbox.interrupted();
      for (const conversation of this.#conversations) conversation.lost();
    }
    this.emit("state", state);
  }

  async #onRefused(): Promise<void> {
    if (!(await this.api.reachable())) return;
    this.#refusals += 1;
    const named = this.#newest();
    if (this.#visitor !== null || this.#refusals < REFUSALS || named?.id == null) return;
    await this.api.conversation(named.id).catch((error: unknown) => {
      if (error instanceof ApiError && error.gone) named.end("gone");
    });
  }

  #onDelayed(error: unknown): void {
    if (error instanceof ApiError) {
      const { error: word, message, retryAfter } = error;
      this.emit("problem", { error: word, message, retryAfter, concerns: "loading" });
    } else {
      const message = "The server cannot be reached at the moment.";
      this.emit("problem", { error: "unavailable", message, retryAfter: null, concerns: "loading" });
    }
  }

  #onSignedOut(): void {
    this.close();
    this.emit("signedOut", null);
  }

  // -- frames -----------------------------------------------------------------------------------------------------

  #receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "message":
        return this.#onMessage(frame);
      case "typing":
        return this.#of(frame.session_id)?.isTyping();
      case "suggestion":
        return this.#onSuggestion(frame);
      case "error":
        return this.#onError(frame);
      case "status":
        switch (frame.status) {
          case "connected":
            return this.#onConnected(frame);
          case "delivered":
            return this.#onDelivered(frame);
          case "resumed":
            this.#of(frame.session_id)?.resumed(frame);
            return;
          case "pong":
            return;
          default:
            return this.#onEnded(frame.session_id, frame.status);
        }
    }
  }

  #onConnected(frame: ConnectedFrame): void {
    const key = keyOf(frame.session_id);
    this.#refusals = 0;
    if (this.#visitor !== null) {
      if (this.#visitor.key !== null && this.#visitor.key !== key) this.#replace("expired");
      this.#visitor.arrived(frame);
    }
    this.#name(key);
    this.#find(key)?.introduced(frame.bot_name);
    this.#connection.welcome();
    for (const conversation of this.#conversations) conversation.catchUp();
    this.#outbox.pump();
  }

  /** The conversation without an id gets one; if that one is open too, it takes the other's place. */
  #name(key: string): void {
    const unnamed = this.#find(null);
    if (unnamed === undefined) return;
    const letters = this.#outbox.of(null);
    this.#outbox.readdress(null, key);
    const named = this.#find(key);
    if (named === undefined) return unnamed.named(key);
    unnamed.surrender();
    unnamed.close();
    named.adopt(letters);
    this.emit("conversation", named);
  }

  #onMessage(frame: MessageFrame): void {
    const conversation = this.#of(frame.session_id);
    conversation?.take(frame);
    if (conversation === undefined && frame.client_message_id !== undefined && frame.sender === "user") {
      this.#outbox.acknowledged(frame.client_message_id);
    }
    this.#said(frame.session_id, frame);
  }

  #onSuggestion({ session_id: id, suggestions }: SuggestionFrame): void {
    const conversation = this.#of(id);
    conversation?.suggest(suggestions);
    if (conversation !== undefined) this.#visitor?.spoke(conversation.botName, conversation.stored);
  }

  #onDelivered(frame: DeliveredFrame): void {
    const id = frame.client_message_id;
    const letter = id === undefined ? undefined : this.#outbox.find(id);
    if (id === undefined || letter === undefined) return;
    this.#of(frame.session_id)?.delivered(id, frame);
    this.#outbox.acknowledged(id);
    this.#said(frame.session_id, { sender: "user", content: letter.content, timestamp: frame.timestamp });
  }

  #said(session: string, { sender, content, timestamp }: Omit<Activity, "conversationId">): void {
    const conversation = this.#of(session);
    if (conversation !== undefined) this.#visitor?.spoke(conversation.botName, conversation.stored);
    this.emit("activity", { conversationId: conversationId(keyOf(session)), sender, content, timestamp });
  }

  #onError(frame: ErrorFrame): void {
    const { error, message, client_message_id: id, message_id: unanswered } = frame;
    const conversation = frame.session_id === undefined ? undefined : this.#of(frame.session_id);
    const retryAfter = frame.retry_after === undefined ? null : frame.retry_after * 1000;
    if (unanswered !== undefined) return conversation?.unanswered(unanswered);
    if (error === "unauthorized") return this.#onUnauthorized();
    if (id !== undefined) this.#outbox.refused(id, { error, retryAfter });
    else if (conversation?.resumed(frame) === true) return;
    this.emit("problem", { error, message, retryAfter, concerns: "sending" });
  }

  /** The token has run out while the socket was open: open another with a fresh one. */
  #onUnauthorized(): void {
    this.api.refuseToken();
    if (this.#visitor !== null) this.#replace("expired");
    this.#connection.restart();
  }

  #onEnded(session: string, ending: Ending): void {
    if (this.#visitor === null || this.#visitor.key !== keyOf(session)) return;
    const waiting = this.#outbox.letters.some(({ failure }) => failure === undefined);
    this.#connection.close();
    this.#replace(ending);
    if (waiting) this.connect();
  }

  /** A visitor's session is over. Another conversation takes its place, and gets what was not sent. */
  #replace(ending: Ending): void {
    const key = this.#visitor?.key ?? null;
    const old = this.#find(key);
    this.#visitor?.forget();
    this.#outbox.readdress(key, null);
    old?.surrender();
    old?.end(ending);
    this.#conversations = this.#conversations.filter((other) => other !== old);
    this.emit("conversation", this.#begin(null));
  }

  #begin(key: string | null): Conversation {
    const conversation = new Conversation(key, this.#link);
    if (this.#visitor !== null) conversation.restore(key === null ? null : this.#visitor.transcript);
    this.#conversations = [...this.#conversations, conversation];
    return conversation;
  }

  #find(key: string | null): Conversation | undefined {
    return this.#conversations.find((conversation) => conversation.key === key && conversation.status !== "ended");
  }

  /** What the next socket is opened for. One that has no name yet gets it from the server. */
  #newest(): Conversation | undefined {
    return this.#conversations.findLast(({ status }) => status !== "ended");
  }

  #of(session: string): Conversation | undefined {
    return this.#find(keyOf(session));
  }

  // -- the way out ------------------------------------------------------------------------------------------------

  #transmit(letter: Letter): boolean {
    const { conversation: key, content, clientMessageId, attachments } = letter;
    if (key === null || this.state !== "open") return false;
    const message = { content, client_message_id: clientMessageId, ...(attachments && { attachments }) };
    const frame = { type: "message", session_id: sessionId(key), ...message } as const;
    if (new TextEncoder().encode(JSON.stringify(frame)).length <= LARGEST_FRAME) return this.#connection.send(frame);
    void this.#post(key, message);
    return true;
  }

  /** A message that is too large for a frame; REST takes 128 KB. */
  async #post(key: string, message: Parameters<Api["send"]>[1]): Promise<void> {
    const id = message.client_message_id;
    try {
      if (this.#visitor !== null) throw new ApiError(413, "payload_too_large", "Visitors' messages are smaller.", null);
      const receipt = await this.api.send(conversationId(key), message);
      const where = { session_id: sessionId(key), client_message_id: id };
      this.#onDelivered({ type: "status", status: "delivered", ...where, ...receipt });
    } catch (error) {
      const lost = { error: "unavailable", retryAfter: null } as const;
      this.#outbox.refused(id, error instanceof ApiError ? error : lost);
    }
  }

  /** @returns The id of the conversation, `null` if it cannot be had (any more). */
  async #claimed(token: string): Promise<string | null> {
    try {
      return (await this.api.claim(token)).id;
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) return null;
      throw error;
    }
  }
}

function never(): void {
  // An outbox that only lists what it has sends nothing.
}
