/**
 * Translates what a conversation shows into the chunks of the AI SDK's UI message stream.
 *
 * @module
 */

import type { FinishReason, UIMessageChunk } from "ai";
import type { Entry } from "./entry.ts";
import type { IncompleteReason, Suggestion } from "./protocol.ts";

/** A text part of the message that the AI SDK has. */
interface SentPart {
  readonly key: string;
  readonly id: string;
  readonly text: string;
  readonly isEnded: boolean;
}

const FINISH_REASONS: Readonly<Record<IncompleteReason, FinishReason>> = {
  stopped: "stop",
  length: "length",
  content_filter: "content-filter",
  interrupted: "interrupted",
};

/**
 * The AI SDK shows the bot's answer as one message, with a text part for each of ours. Its texts can only grow, so a text
 * that begins again is a new step.
 */
export class AnswerChunks {
  readonly #enqueue: (chunk: UIMessageChunk) => void;
  #parts: readonly SentPart[] = [];
  #isStarted = false;

  constructor(enqueue: (chunk: UIMessageChunk) => void) {
    this.#enqueue = enqueue;
  }

  /**
   * Send what has changed.
   *
   * @param entries - The messages of the answer so far. Messages that are missing at the end may be about to be replaced,
   * so they stay until other ones follow or the answer ends.
   */
  update(entries: readonly Entry[]): void {
    if (entries.length > 0) this.#start(entries);
    if (!entries.every((entry, index) => continues(this.#parts[index], entry))) this.#reset();
    for (const [index, entry] of entries.entries()) this.#send(index, entry);
  }

  /** End the message. Without entries the bot has said nothing. */
  finish(entries: readonly Entry[], suggestions: readonly Suggestion[]): void {
    if (entries.length < this.#parts.length) this.#reset();
    this.update(entries);
    this.#start(entries);
    if (suggestions.length > 0) this.#enqueue({ type: "data-suggestions", data: suggestions });
    this.#enqueue({ type: "finish-step" });
    const reason = entries.at(-1)?.finishReason;
    const finishReason = reason === undefined ? "stop" : FINISH_REASONS[reason];
    const messageIds = entries.map(({ id }) => id);
    this.#enqueue({ type: "finish", finishReason, messageMetadata: { messageIds, ...(reason && { finishReason: reason }) } });
  }

  #start([first]: readonly Entry[]): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#enqueue({ type: "start", ...(first?.id !== undefined && { messageId: first.id }) });
    this.#enqueue({ type: "start-step" });
  }

  #reset(): void {
    this.#parts = [];
    this.#enqueue({ type: "reset-step" });
  }

  #send(index: number, { key, id: messageId, content, streaming }: Entry): void {
    const sent = this.#parts[index];
    const id = sent?.id ?? messageId ?? key;
    if (sent === undefined) this.#enqueue({ type: "text-start", id });
    const delta = content.slice(sent?.text.length ?? 0);
    if (delta !== "") this.#enqueue({ type: "text-delta", id, delta });
    const isEnded = streaming !== true;
    if (isEnded && sent?.isEnded !== true) this.#enqueue({ type: "text-end", id });
    this.#parts = this.#parts.toSpliced(index, 1, { key, id, text: content, isEnded });
  }
}

/** Whether a message continues the part that was sent for it. */
function continues(part: SentPart | undefined, { key, content, streaming }: Entry): boolean {
  if (part === undefined) return true;
  if (part.isEnded) return part.key === key && part.text === content && streaming !== true;
  return part.key === key && content.startsWith(part.text);
}
