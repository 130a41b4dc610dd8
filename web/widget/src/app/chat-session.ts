/**
 * The state of a view: the conversation of a client, and what the view shows of it.
 *
 * @module
 */

import type { BaseClient } from "../../../client/src/base-client.ts";
import type { Problem } from "../../../client/src/client-types.ts";
import type { ConnectionState } from "../../../client/src/connection.ts";
import type { Conversation } from "../../../client/src/conversation.ts";
import type { StoredEntry } from "../../../client/src/entry.ts";
import type { SendOptions } from "../../../client/src/conversation-types.ts";
import type { Rating, Suggestion } from "../../../client/src/protocol.ts";
import type { Texts } from "../strings/texts.ts";
import { Later } from "./later.ts";
import type { Row } from "./lines.ts";
import type { ConnectionStatus, ViewOptions, ViewState } from "./view-types.ts";

/** Longest message that the server accepts, in UTF-16 code units. */
export const MAX_LENGTH = 8_000;

/** A conversation as the view shows it. */
export class ChatSession {
  /** Called after every change. */
  onChange: () => void = () => undefined;
  /** Called with a message of the bot that is complete. */
  onAnswer: (text: string) => void = () => undefined;
  readonly #options: ViewOptions;
  readonly #client: BaseClient;
  readonly #texts: Texts;
  readonly #refusals = new Later(() => import("./refusals.ts"), () => this.onChange());
  #conversation: Conversation;
  #stopListening: readonly (() => void)[] = [];
  readonly #stopListeningToClient: readonly (() => void)[];
  /** The rows of a visitor's conversations that have ended. */
  #earlier: readonly Row[] = [];
  #problem: Problem | null = null;
  #hasEnded = false;
  #isReconnecting = false;
  #isLoadingEarlier = false;
  /** Whether the messages that come are those of the first page of history: they are no news. */
  #isLoading = false;
  #reported: ConnectionStatus | null = null;

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#texts = options.locale.texts;
    this.#conversation = options.conversation;
    this.#stopListeningToClient = [
      this.#client.on("state", (state) => this.#onState(state)),
      this.#client.on("connectionFailure", () => this.onChange()),
      this.#client.on("problem", (problem) => this.#setProblem(problem)),
      this.#client.on("conversation", (next) => this.#onReplaced(next)),
    ];
    this.#listen();
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  /** The name of the draft. A visitor has one, because their conversation has no id at first, and another one later. */
  get draftName(): string {
    return this.#client.anonymous ? "" : (this.#conversation.id ?? "");
  }

  /** All rows: those of a visitor's conversations that have ended, and the messages of this one. */
  get rows(): readonly Row[] {
    const offset = this.#earlier.length;
    const messages = this.#conversation.messages.map((entry): Row => ({ key: `${offset}-${entry.key}`, entry }));
    return offset === 0 ? messages : [...this.#earlier, ...messages];
  }

  /** Whether there are messages before the first row on the server. */
  get hasEarlier(): boolean {
    return this.#earlier.length === 0 && this.#conversation.hasEarlier;
  }

  get isLoadingEarlier(): boolean {
    return this.#isLoadingEarlier;
  }

  get suggestions(): readonly Suggestion[] {
    // What replaces the field says that nothing can be sent.
    return this.#conversation.answering || this.#options.footer?.() ? [] : this.#conversation.suggestions;
  }

  /** The type of the answer that the bot waits for; `undefined` if it waits for none. */
  get inputType(): string | undefined {
    return this.#conversation.answering ? undefined : this.#conversation.input?.type;
  }

  /** The id of the last message, which may ask for something. */
  get question(): string | undefined {
    return this.#conversation.messages.at(-1)?.id;
  }

  get isTyping(): boolean {
    return this.#conversation.typing && !this.#conversation.messages.some(({ streaming }) => streaming);
  }

  get isAnswering(): boolean {
    return this.#conversation.answering;
  }

  get isStopping(): boolean {
    return this.#conversation.stopping;
  }

  /** Whether nothing can be sent any more: a visitor's next conversation begins by itself, a user chooses another one. */
  get isOver(): boolean {
    return this.#conversation.status === "ended" && !this.#client.anonymous;
  }

  get state(): ViewState {
    const status = this.#status;
    const { botName } = this.#conversation;
    return { botName, status, statusText: this.#texts[status], conversation: this.#conversation };
  }

  /** What is wrong, for the user; empty if nothing is. */
  get notice(): string {
    const failure = this.#client.connectionFailure;
    if (failure === "unreachable") return this.#texts.unreachable;
    const isTooFast = this.#problem?.error === "rate_limited";
    const reason = this.isOver ? "gone" : (failure ?? (isTooFast ? "fast" : null));
    return reason === null ? "" : (this.#refusals.get()?.describeRefusal(reason, this.#options.locale) ?? "");
  }

  /** What a screen reader has to know: a notice, or that the connection is lost; empty if there is nothing. */
  get trouble(): string {
    const status = this.#status;
    return this.notice || (status === "reconnecting" || status === "offline" ? this.#texts[status] : "");
  }

  /** Show another conversation, or the one that continues a visitor's ended one. */
  show(next: Conversation): void {
    if (next === this.#conversation) return;
    const continues = this.#client.anonymous && this.#conversation.status === "ended";
    const note: Row = { key: `end-${this.#earlier.length}`, note: this.#texts.endedNote };
    this.#earlier = continues ? [...this.rows, note] : [];
    this.#hasEnded = continues;
    this.#problem = null;
    this.#conversation = next;
    this.#listen();
    this.onChange();
  }

  /** Send a message. After a visitor's conversation has ended it starts a new one. */
  send(text: string, options: SendOptions = {}): void {
    // The server refuses control characters except tab and newline.
    const content = text.replace(/[^\P{Cc}\t\n]/gu, "").trim();
    if (content === "" || this.isOver) return;
    this.#hasEnded = false;
    const { shown, ...others } = options;
    this.#conversation.send(content, shown === undefined || shown === text ? others : options);
    if (this.#options.connect === undefined) this.#client.connect();
    else this.#options.connect();
  }

  async rate(messageId: string, rating: Rating | null): Promise<void> {
    // The rating is shown when the server has stored it.
    await this.#conversation.rate(messageId, rating).catch(() => undefined);
  }

  retry(clientMessageId: string): void {
    this.#conversation.retry(clientMessageId);
  }

  discard(clientMessageId: string): void {
    this.#conversation.discard(clientMessageId);
  }

  stop(): void {
    if (this.isAnswering && !this.isStopping) this.#conversation.stop();
  }

  /** Load the page of messages before the first one, unless it is being loaded. */
  async loadEarlier(): Promise<void> {
    if (this.#isLoadingEarlier || !this.hasEarlier) return;
    this.#isLoadingEarlier = true;
    this.onChange();
    // The next scrolling tries again.
    await this.#conversation.loadEarlier().catch(() => undefined);
    this.#isLoadingEarlier = false;
    this.onChange();
  }

  dispose(): void {
    for (const stop of [...this.#stopListening, ...this.#stopListeningToClient]) stop();
  }

  get #status(): ConnectionStatus {
    const { state } = this.#client;
    if (this.isOver) return "ended";
    if (state === "open") return "online";
    if (state === "closed" && this.#hasEnded) return "ended";
    if (!this.#isReconnecting) return "connecting";
    return navigator.onLine ? "reconnecting" : "offline";
  }

  #listen(): void {
    for (const stop of this.#stopListening) stop();
    this.#isLoading = !this.#client.anonymous && this.#conversation.status === "syncing";
    this.#stopListening = [
      this.#conversation.on("status", () => (this.#isLoading = false)),
      this.#conversation.on("change", () => this.onChange()),
      this.#conversation.on("message", (entry) => this.#onMessage(entry)),
      this.#conversation.on("delivered", (entry) => this.#onDelivered(entry)),
    ];
  }

  /** The client has replaced the conversation without an id; another one may be shown here. */
  #onReplaced(next: Conversation): void {
    if (this.#client.anonymous || this.#conversation.id === null) this.show(next);
  }

  #onMessage(entry: StoredEntry): void {
    // A page of earlier messages is no news.
    if (this.#isLoadingEarlier || this.#isLoading || entry.sender !== "bot") return;
    this.#options.onMessage?.(entry);
    this.onAnswer(entry.content);
  }

  #onDelivered(entry: StoredEntry): void {
    this.#setProblem(null);
    this.#options.onMessage?.(entry);
  }

  #onState(state: ConnectionState): void {
    if (state === "waiting") this.#isReconnecting = true;
    if (state === "open" || state === "closed") this.#isReconnecting = false;
    if (state === "open") this.#hasEnded = false;
    const status = this.#status;
    if (status !== this.#reported) this.#options.onStatus?.(status);
    this.#reported = status;
    this.onChange();
  }

  #setProblem(problem: Problem | null): void {
    this.#problem = problem;
    this.onChange();
  }
}
