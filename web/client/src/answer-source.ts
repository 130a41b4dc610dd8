/**
 * The answer of a bot as a stream for the AI SDK.
 *
 * @module
 */

import type { UIMessageChunk } from "ai";
import { AnswerChunks } from "./answer-chunks.ts";
import type { Conversation } from "./conversation.ts";
import type { Entry } from "./entry.ts";
import type { Platform } from "./platform.ts";

/** An answer may have several messages, which arrive one by one: it is complete after this time without a change. */
const SETTLE_MS = 500;
/** A bot may have nothing to say: how long the first sign of an answer may take while the connection is open. */
const SILENCE_MS = 60_000;

/** Follows a conversation from now on until the bot has answered. Cancelling the stream does not stop the answer. */
export class AnswerSource {
  readonly stream: ReadableStream<UIMessageChunk>;
  readonly #conversation: Conversation;
  readonly #platform: Pick<Platform, "schedule">;
  /** The messages that were complete before the answer. */
  readonly #knownKeys: ReadonlySet<string>;
  readonly #question: string | undefined;
  readonly #unsubscribe: () => void;
  #controller: ReadableStreamDefaultController<UIMessageChunk> | null = null;
  readonly #chunks: AnswerChunks;
  #cancelTimer: () => void = () => undefined;
  #wasStopping = false;

  /**
   * @param send - Sends the user's message and returns its entry; without it, the answer is running already.
   */
  constructor(conversation: Conversation, platform: Pick<Platform, "schedule">, send?: () => Entry) {
    this.#conversation = conversation;
    this.#platform = platform;
    this.#knownKeys = new Set(conversation.messages.filter(({ streaming }) => !streaming).map(({ key }) => key));
    this.#chunks = new AnswerChunks((chunk) => this.#controller?.enqueue(chunk));
    this.stream = new ReadableStream<UIMessageChunk>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#detach(),
    });
    this.#question = send?.().key;
    this.#unsubscribe = conversation.on("change", () => this.#update());
    this.#update();
  }

  /** End the stream because the user has stopped the answer. */
  abort(): void {
    this.#controller?.enqueue({ type: "abort" });
    this.#close();
  }

  /** End the stream with what the bot has said. */
  finish(): void {
    if (this.#controller === null) return;
    this.#chunks.finish(this.#listEntries(), this.#conversation.suggestions);
    this.#close();
  }

  #update(): void {
    if (this.#controller === null) return;
    this.#cancelTimer();
    const failure = this.#findFailure();
    if (failure !== null) return this.#fail(failure);
    const entries = this.#listEntries();
    this.#chunks.update(entries);
    const { answering, status, stopping } = this.#conversation;
    const isStopped = this.#wasStopping && !answering;
    this.#wasStopping ||= stopping;
    if (answering || status !== "live" || this.#isSending) return;
    const delay = entries.length > 0 || isStopped ? SETTLE_MS : SILENCE_MS;
    this.#cancelTimer = this.#platform.schedule(delay, () => this.finish());
  }

  #listEntries(): readonly Entry[] {
    return this.#conversation.messages.filter(({ sender, key }) => sender === "bot" && !this.#knownKeys.has(key));
  }

  get #questionEntry(): Entry | undefined {
    return this.#conversation.messages.find(({ key }) => key === this.#question);
  }

  get #isSending(): boolean {
    return this.#questionEntry?.delivery === "sending";
  }

  /** Why there will be no answer; `null` if there may be one. */
  #findFailure(): string | null {
    const question = this.#questionEntry;
    if (question?.delivery === "failed") return `The message was not sent: ${question.reason ?? "unknown"}.`;
    if (question?.unanswered) return "The bot could not answer.";
    const { status, endReason } = this.#conversation;
    return status === "ended" ? `The conversation has ended: ${endReason ?? "unknown"}.` : null;
  }

  #fail(errorText: string): void {
    this.#controller?.enqueue({ type: "error", errorText });
    this.#close();
  }

  #close(): void {
    const controller = this.#controller;
    this.#detach();
    controller?.close();
  }

  #detach(): void {
    this.#unsubscribe();
    this.#cancelTimer();
    this.#controller = null;
  }
}
