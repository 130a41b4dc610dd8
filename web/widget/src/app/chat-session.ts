/**
 * The state of a chat: the client, its conversation, and what the panel shows of them.
 *
 * @module
 */

import { ConversationsClient } from "../../../client/src/client.ts";
import type { Problem } from "../../../client/src/client-types.ts";
import type { ConnectionState } from "../../../client/src/connection.ts";
import type { Conversation } from "../../../client/src/conversation.ts";
import type { StoredEntry } from "../../../client/src/entry.ts";
import type { Suggestion } from "../../../client/src/protocol.ts";
import type { ConnectionStatus, PanelHost } from "../panel-host.ts";
import { strings } from "../strings.ts";
import { type Details, formatDetails } from "./details.ts";
import { type Line, listLines } from "./lines.ts";

/** Set in the storage when the visitor has answered the questions before the chat. */
const ANSWERED = "details";
/** Longest message that the server accepts, in UTF-16 code units. */
export const MAX_LENGTH = 8_000;

/** One chat of a visitor. */
export class ChatSession {
  /** Called after every change. */
  onChange: () => void = () => undefined;
  /** Called with a message of the bot that is complete. */
  onAnswer: (text: string) => void = () => undefined;
  readonly #host: PanelHost;
  readonly #client: ConversationsClient;
  #conversation: Conversation;
  /** The lines of conversations that have ended. */
  #earlier: readonly Line[] = [];
  #problem: Problem | null = null;
  #hasEnded = false;
  #isReconnecting = false;
  #reported: ConnectionStatus | null = null;

  constructor(host: PanelHost) {
    const { apiUrl, wsUrl, bot } = host.options;
    this.#host = host;
    this.#client = new ConversationsClient({
      apiUrl,
      wsUrl,
      storage: host.storage,
      ...(bot !== undefined && { botId: bot }),
    });
    this.#client.on("state", (state) => this.#onState(state));
    this.#client.on("connectionFailure", (failure) => this.#onFailure(failure));
    this.#client.on("problem", (problem) => this.#setProblem(problem));
    this.#client.on("conversation", (next) => this.#replace(next));
    this.#conversation = this.#follow(this.#client.conversation());
  }

  get lines(): readonly Line[] {
    return [...this.#earlier, ...listLines(this.#conversation.messages, this.#earlier.length)];
  }

  get botName(): string {
    return this.#conversation.botName;
  }

  get suggestions(): readonly Suggestion[] {
    return this.#conversation.answering ? [] : this.#conversation.suggestions;
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

  /** Whether the visitor has to answer questions before the chat. */
  get needsDetails(): boolean {
    const { options, storage } = this.#host;
    return options.questions.length > 0 && storage.getItem(ANSWERED) === null;
  }

  get status(): ConnectionStatus {
    const { state } = this.#client;
    if (state === "open") return "online";
    if (state === "closed" && this.#hasEnded) return "ended";
    if (!this.#isReconnecting) return "connecting";
    return navigator.onLine ? "reconnecting" : "offline";
  }

  /** What is wrong, for the visitor; empty if nothing is. */
  get notice(): string {
    const failure = this.#client.connectionFailure;
    if (failure !== null) return strings[failure];
    return this.#problem?.error === "rate_limited" ? strings.tooFast : "";
  }

  connect(): void {
    if (!this.needsDetails && !this.#hasEnded) this.#client.connect();
  }

  disconnect(): void {
    this.#client.close();
  }

  /** Answer the questions before the chat: the bot gets the answers as the first message. */
  answerDetails(details: Details): void {
    this.#host.storage.setItem(ANSWERED, "answered");
    this.#host.emit("gb-details", details);
    this.send(formatDetails(details));
  }

  /**
   * Send a message. After a conversation has ended it starts a new one.
   *
   * @param shown - The text that the visitor sees instead.
   */
  send(text: string, shown = text): void {
    const content = text.trim().slice(0, MAX_LENGTH);
    if (content === "") return;
    this.#hasEnded = false;
    this.#conversation.send(content, shown === text ? {} : { shown });
    if (!this.needsDetails) this.#client.connect();
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

  #follow(conversation: Conversation): Conversation {
    conversation.on("change", () => this.onChange());
    conversation.on("message", (entry) => this.#onMessage(entry));
    conversation.on("delivered", (entry) => this.#onDelivered(entry));
    return conversation;
  }

  #replace(next: Conversation): void {
    const ended: Line = { kind: "note", key: `end-${this.#earlier.length}`, text: strings.endedNote };
    this.#earlier = [...this.lines, ended];
    this.#hasEnded = true;
    this.#conversation = this.#follow(next);
    this.onChange();
  }

  #onMessage(entry: StoredEntry): void {
    if (entry.sender !== "bot") return;
    this.#report(entry);
    this.onAnswer(entry.content);
    if (!this.#host.isOpen()) this.#host.addUnread();
  }

  #onDelivered(entry: StoredEntry): void {
    this.#setProblem(null);
    this.#report(entry);
  }

  #report({ id, sender, content }: StoredEntry): void {
    this.#host.emit("gb-message", { id, sender, text: content });
  }

  #onState(state: ConnectionState): void {
    if (state === "waiting") this.#isReconnecting = true;
    if (state === "open" || state === "closed") this.#isReconnecting = false;
    if (state === "open") this.#hasEnded = false;
    const { status } = this;
    if (status !== this.#reported) this.#host.emit("gb-connection", { state: status });
    this.#reported = status;
    this.onChange();
  }

  #onFailure(failure: string | null): void {
    // A browser tells a page nothing about a refused handshake, so the developer of the page needs the possible reasons.
    if (failure !== null) console.warn(`gb-chat: ${describeFailure(failure, this.#host.options.bot)}`);
    this.onChange();
  }

  #setProblem(problem: Problem | null): void {
    this.#problem = problem;
    this.onChange();
  }
}

function describeFailure(failure: string, bot: string | undefined): string {
  const origin = `that AllowedOrigins lists ${location.origin}`;
  if (failure === "unreachable") return `The server does not answer. Check api-url and ws-url, and ${origin}.`;
  const chosen = bot === undefined ? "" : `, and that the bot "${bot}" exists, is public, and is listed in VisitorBots`;
  return `The server refuses the connection. Check ${origin}${chosen}. A network may also have too many visitors.`;
}
