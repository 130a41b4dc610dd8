/**
 * The answer that the bot is writing.
 *
 * @module
 */

import type { Entry } from "./entry.ts";
import type { DeltaFrame } from "./protocol.ts";

/** A message that the bot is writing, under the id that the stored message will have. */
export type StreamingEntry = Entry & { readonly id: string };

type Delta = Pick<DeltaFrame, "id" | "offset" | "content" | "attempt">;

/**
 * Puts the pieces of an answer together. An answer has one or more messages; all of them are unfinished until the stored
 * messages replace them, because the server may begin the answer again.
 *
 * What was shown before a lost connection stays until the server sends the complete text again.
 */
export class Answer {
  #messages: readonly StreamingEntry[] = [];
  #attempt = 0;
  #isCurrent = false;

  /** The messages, ordered by id. The array is a new one after every change. */
  get messages(): readonly StreamingEntry[] {
    return this.#messages;
  }

  /**
   * Add a piece.
   *
   * @param create - Returns the key and the timestamp of a new message.
   * @returns Whether anything has changed.
   */
  add({ id, offset, content, attempt }: Delta, create: () => Pick<Entry, "key" | "timestamp">): boolean {
    if (attempt < this.#attempt) return false;
    const previous = this.#messages;
    const current = attempt === this.#attempt ? previous : [];
    const shown = current.find((message) => message.id === id)?.content ?? "";
    // A piece that does not fit follows one that was lost: the server sends the complete text to who has missed one.
    const fits = offset === 0 || offset === shown.length;
    this.#attempt = attempt;
    if (fits) {
      // The same message keeps its key in a new attempt.
      const { key, timestamp } = previous.find((message) => message.id === id) ?? create();
      const text = offset === 0 ? content : shown + content;
      const entry = { key, sender: "bot", content: text, timestamp, delivery: "delivered", id, streaming: true } as const;
      this.#messages = [...current.filter((message) => message.id !== id), entry].sort(compareIds);
      this.#isCurrent = true;
    } else if (current !== previous) this.#messages = current;
    return this.#messages !== previous;
  }

  /**
   * Drop the messages that a stored message of the bot replaces: those up to its id, which is a later one than announced
   * if the user has sent another message meanwhile.
   *
   * @returns The first of them, if any.
   */
  replace(id: string): StreamingEntry | undefined {
    const [replaced] = this.#messages;
    if (replaced === undefined || replaced.id > id) return undefined;
    this.#setMessages(this.#messages.filter((message) => message.id > id));
    return replaced;
  }

  /** Drop all messages: the answer has ended. */
  clear(): void {
    this.#setMessages([]);
  }

  /** The connection was lost, so the end of the answer may be missed. */
  markOutdated(): void {
    this.#isCurrent = false;
  }

  /** Drop the messages that have not changed since the connection was lost: the server is not writing them any more. */
  clearOutdated(): void {
    if (!this.#isCurrent) this.clear();
  }

  #setMessages(messages: readonly StreamingEntry[]): void {
    this.#messages = messages;
    // The next answer begins with its first attempt.
    if (messages.length === 0) this.#attempt = 0;
  }
}

function compareIds(a: StreamingEntry, b: StreamingEntry): number {
  return a.id < b.id ? -1 : 1;
}
