/**
 * One conversation that is open in the client.
 *
 * @module
 */

import type { Api } from "./api.ts";
import { CatchUp, PAGE } from "./catch-up.ts";
import { Emitter } from "./events.ts";
import { conversationId, sessionId } from "./ids.ts";
import type { Letter, Outbox } from "./outbox.ts";
import type { Platform } from "./platform.ts";
import type {
  Attachment,
  ClientFrame,
  ErrorFrame,
  HistoryPage,
  Receipt,
  ResumedFrame,
  StoredMessage,
  Suggestion,
} from "./protocol.ts";
import { type Entry, type StoredEntry, Timeline } from "./timeline.ts";
import type { Transcript } from "./visitor.ts";
import type { Timing } from "./timing.ts";

/**
 * - `behind`: it is being loaded, or the connection is gone: what is shown may not be all.
 * - `live`: everything is here, and what is said comes as it is said.
 * - `ended`: nothing more will be said; `ending` has the reason.
 */
export type ConversationStatus = "behind" | "live" | "ended";

/**
 * - `expired`: a visitor's session is over.
 * - `claimed`: a visitor's session was handed over to a user.
 * - `gone`: deleted, or not this user's.
 */
export type Ending = "expired" | "claimed" | "gone";

/** What a conversation says of itself. */
export interface ConversationEvents {
  /** Anything at all has changed: for whoever renders it whole. */
  change: Conversation;
  /** Something was said that was not here before, by the bot or by the user on any device. */
  message: StoredEntry;
  /** What was written here is stored, and queued for the bot. */
  delivered: StoredEntry;
  /** What was written here was refused; `entry.reason` has the word. */
  failed: Entry;
  /** The bot could not answer this one, and has given up. The conversation goes on. */
  unanswered: StoredEntry;
  /** The bot is at work on an answer, or no more. */
  typing: boolean;
  suggestions: readonly Suggestion[];
  status: ConversationStatus;
}

/** How something is sent. */
export interface SendOptions {
  /** What a screen says instead, where a suggestion's text differs from its value. */
  readonly shown?: string;
  readonly attachments?: readonly Attachment[];
}

/** What a conversation needs of the client it belongs to. */
export interface Link {
  readonly outbox: Outbox;
  readonly platform: Platform;
  readonly timing: Timing;
  /** `null` for visitors, who have no REST. */
  readonly api: Api | null;
  connected(): boolean;
  send(frame: ClientFrame): boolean;
  onDelayed(error: unknown): void;
  onClose(conversation: Conversation): void;
}

export class Conversation extends Emitter<ConversationEvents> {
  readonly #link: Link;
  readonly #timeline = new Timeline();
  readonly #catchUp: CatchUp;
  #key: string | null;
  #botName = "";
  #status: ConversationStatus = "behind";
  #ending: Ending | null = null;
  #typing: (() => void) | null = null;

  /** @internal */
  constructor(key: string | null, link: Link) {
    super();
    this.#key = key;
    this.#link = link;
    this.#catchUp = new CatchUp(
      this.#timeline,
      {
        resume: (after) => this.#resume(after),
        history: link.api === null ? null : (cursor, limit) => this.#page(cursor, limit),
        onCaughtUp: () => this.#become(link.connected() ? "live" : "behind"),
        onGone: () => this.end("gone"),
        onDelayed: (error) => link.onDelayed(error),
      },
      link.platform,
      link.timing,
    );
    for (const letter of link.outbox.of(key)) this.#timeline.write(letter);
  }

  /** Its id for REST; `null` until the server has named it. */
  get id(): string | null {
    return this.#key === null ? null : conversationId(this.#key);
  }

  /** @internal */
  get key(): string | null {
    return this.#key;
  }

  /** The bot's name, as far as it is known. */
  get botName(): string {
    return this.#botName;
  }

  /** Everything said and written, in order, each once. The array is a new one whenever anything has changed. */
  get messages(): readonly Entry[] {
    return this.#timeline.entries;
  }

  /** Quick replies to what the bot said last. */
  get suggestions(): readonly Suggestion[] {
    return this.#timeline.suggestions;
  }

  get typing(): boolean {
    return this.#typing !== null;
  }

  get status(): ConversationStatus {
    return this.#status;
  }

  /** Why it has ended; `null` while it goes on. */
  get ending(): Ending | null {
    return this.#ending;
  }

  /** Whether {@link history} has more. */
  get hasEarlier(): boolean {
    return this.#link.api !== null && (this.#timeline.stored[0]?.seq ?? 1) > 1;
  }

  /**
   * Say something. It is in `messages` at once, and goes out as soon as it can, over as many connections and reloads as
   * it takes.
   *
   * @param content - 1 to 8,000 characters.
   * @returns The line, with the `clientMessageId` it goes out under.
   * @throws Error if the conversation has ended.
   */
  send(content: string, options: SendOptions = {}): Entry {
    if (this.#status === "ended") throw new Error("This conversation has ended.");
    const { platform, outbox } = this.#link;
    const letter = {
      clientMessageId: platform.uuid(),
      conversation: this.#key,
      content,
      timestamp: new Date(platform.now()).toISOString(),
      ...options,
    };
    const entry = this.#timeline.write(letter);
    this.#changed();
    outbox.add(letter);
    return entry;
  }

  /** Try a message again that has failed, under the same id: if the server has it after all, it is not doubled. */
  retry(clientMessageId: string): void {
    const letter = this.#link.outbox.find(clientMessageId);
    if (letter?.failure === undefined) return;
    if (letter.failure === "stale") {
      this.discard(clientMessageId);
      const { content, shown, attachments } = letter;
      this.send(content, { ...(shown !== undefined && { shown }), ...(attachments !== undefined && { attachments }) });
      return;
    }
    this.#timeline.sending(clientMessageId);
    this.#changed();
    this.#link.outbox.retry(clientMessageId);
  }

  /** Give up a message that was not sent. */
  discard(clientMessageId: string): void {
    this.#timeline.discard(clientMessageId);
    this.#changed();
    this.#link.outbox.remove(clientMessageId);
  }

  /**
   * Load the page of history before the first message here.
   *
   * @returns Whether there are more.
   */
  async history(): Promise<boolean> {
    const before = this.#timeline.stored[0]?.id;
    if (before !== undefined && this.hasEarlier) await this.#page({ before }, PAGE);
    return this.hasEarlier;
  }

  /** Leave it. What was written is sent all the same. */
  close(): void {
    this.#catchUp.stop();
    this.#setTyping(false);
    this.#link.onClose(this);
  }

  // -- what the client tells it -----------------------------------------------------------------------------------

  /** @internal What a visitor saw before the page was loaded again; `null` at the very beginning. */
  restore(transcript: Transcript | null): void {
    this.#timeline.beginsAt(transcript?.beginsAt ?? 1);
    this.#botName = transcript?.botName ?? "";
    for (const message of transcript?.messages ?? []) this.take(message);
  }

  /** @internal The server has named it. */
  named(key: string): void {
    this.#key = key;
    this.#changed();
  }

  /** @internal */
  introduced(botName: string): void {
    this.#botName = botName;
    this.#changed();
  }

  /** @internal The socket is open, or the conversation is: fetch what is missing. */
  catchUp(): void {
    if (this.#status !== "ended") this.#catchUp.start();
  }

  /** @internal The connection is gone. */
  lost(): void {
    this.#catchUp.stop();
    this.#setTyping(false);
    if (this.#status === "live") this.#become("behind");
  }

  /** @internal A message, from wherever. */
  take(message: StoredMessage): void {
    const { outbox } = this.#link;
    const entry = this.#timeline.add(message);
    const own = message.sender === "user" ? outbox.find(message.client_message_id ?? "") : undefined;
    if (message.sender === "bot") this.#setTyping(false);
    if (entry !== null) this.emit("message", entry);
    if (own !== undefined) {
      if (entry !== null) this.emit("delivered", entry);
      outbox.acknowledged(own.clientMessageId);
    }
    this.#catchUp.look();
    this.#changed();
  }

  /** @internal */
  delivered(clientMessageId: string, receipt: Receipt): void {
    const entry = this.#timeline.delivered(clientMessageId, receipt);
    if (entry === null) return;
    this.emit("delivered", entry);
    this.#catchUp.look();
    this.#changed();
  }

  /** @internal */
  failed(clientMessageId: string, reason: NonNullable<Entry["reason"]>): void {
    const entry = this.#timeline.failed(clientMessageId, reason);
    if (entry === null) return;
    this.emit("failed", entry);
    this.#changed();
  }

  /** @internal */
  unanswered(messageId: string): void {
    this.#setTyping(false);
    const entry = this.#timeline.unanswered(messageId);
    if (entry === null) return;
    this.emit("unanswered", entry);
    this.#changed();
  }

  /** @internal */
  isTyping(): void {
    this.#setTyping(true);
  }

  /** @internal */
  suggest(suggestions: readonly Suggestion[]): void {
    this.#timeline.suggest(suggestions);
    this.emit("suggestions", this.suggestions);
    this.#changed();
  }

  /** @internal An answer to `resume`, if one was asked. */
  resumed(answer: ResumedFrame | ErrorFrame): boolean {
    return this.#catchUp.answered(answer);
  }

  /** @internal */
  end(ending: Ending): void {
    if (this.#status === "ended") return;
    this.#ending = ending;
    this.#catchUp.stop();
    this.#setTyping(false);
    this.#timeline.suggest([]);
    if (ending === "gone") this.#link.outbox.abandon(this.#key);
    this.#become("ended");
  }

  /** @internal */
  get stored(): readonly StoredEntry[] {
    return this.#timeline.stored;
  }

  /** @internal What another conversation did not send. */
  adopt(letters: readonly Letter[]): void {
    for (const letter of letters) this.#timeline.write(letter);
    this.#changed();
  }

  /** @internal What is not sent moves to the conversation that takes this one's place. */
  surrender(): void {
    for (const { delivery, clientMessageId } of this.#timeline.entries) {
      if (delivery !== "delivered" && clientMessageId !== undefined) this.#timeline.discard(clientMessageId);
    }
    this.#changed();
  }

  // -- how it asks ------------------------------------------------------------------------------------------------

  #resume(after: string | undefined): boolean {
    if (this.#key === null) return false;
    const asked = { type: "resume", session_id: sessionId(this.#key) } as const;
    return this.#link.send(after === undefined ? asked : { ...asked, after });
  }

  async #page(cursor: { before?: string; after?: string }, limit: number): Promise<HistoryPage> {
    const { api } = this.#link;
    if (api === null || this.id === null) return { messages: [], has_more: false };
    const page = await api.history(this.id, limit, cursor);
    for (const message of page.messages) this.take(message);
    return page;
  }

  #setTyping(typing: boolean): void {
    const was = this.typing;
    const { platform, timing } = this.#link;
    this.#typing?.();
    this.#typing = typing ? platform.after(timing.typingLasts, () => this.#setTyping(false)) : null;
    if (was === typing) return;
    this.emit("typing", typing);
    this.#changed();
  }

  #become(status: ConversationStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.emit("status", status);
    this.#changed();
  }

  #changed(): void {
    this.emit("change", this);
  }
}

