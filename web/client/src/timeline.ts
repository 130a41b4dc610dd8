/**
 * The messages of one conversation: each once, in the server's order.
 *
 * @module
 */

import { Answer } from "./answer.ts";
import { type Entry, SECRET, type StoredEntry } from "./entry.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { type FailureReason, type OutboxMessage, listAttachments } from "./outbox.ts";
import type { DeltaFrame, Input, Rating, Receipt, StoredMessage, Suggestion } from "./protocol.ts";

interface PendingEntry {
  readonly entry: Entry;
  /** As in {@link OutboxMessage.after}; at the end of the list if it is `undefined`. */
  readonly after: number | undefined;
}

const NO_SUGGESTIONS: readonly Suggestion[] = [];

/**
 * Orders and deduplicates messages from history, live frames and replays. They may arrive in any order and more than
 * once; the same messages always give the same list.
 */
export class Timeline {
  /** What the bot is writing: it is shown at the end, because it will be stored after everything else. */
  readonly answer = new Answer();
  #stored: readonly StoredEntry[] = [];
  #pending: readonly PendingEntry[] = [];
  /** The merged list; `null` after a change, until it is needed. */
  #entries: readonly Entry[] | null = [];
  /** The messages of the answer in the merged list. */
  #mergedAnswer: Answer["messages"] = this.answer.messages;
  /** Quick replies and an input that arrived after a message of the user, with the `seq` of that message. */
  #detachedSuggestions: { readonly seq: number; readonly suggestions: readonly Suggestion[]; readonly input: Input | undefined } | null = null;
  /** Gaps up to this `seq` cannot be filled and are ignored. */
  #gapsAcceptedUpTo = 0;
  /** The first `seq` that must be present. Infinite at first, because the newest page of history starts anywhere. */
  #firstExpectedSeq = Number.POSITIVE_INFINITY;
  #isLoaded = false;
  #keyCount = 0;

  /** All messages in order. The array is a new one after every change. */
  get entries(): readonly Entry[] {
    const { messages } = this.answer;
    if (this.#entries === null || messages !== this.#mergedAnswer) this.#entries = [...this.#merge(), ...messages];
    this.#mergedAnswer = messages;
    return this.#entries;
  }

  /** The stored messages, ordered by `seq`. */
  get stored(): readonly StoredEntry[] {
    return this.#stored;
  }

  /** The quick replies to the last message of the bot; empty after the user has answered. */
  get suggestions(): readonly Suggestion[] {
    if (this.#isAnswered) return NO_SUGGESTIONS;
    if (this.#detachedSuggestions?.seq === this.lastSeq) return this.#detachedSuggestions.suggestions;
    const botTurn = this.#stored.slice(this.#stored.findLastIndex(({ sender }) => sender === "user") + 1);
    return botTurn.findLast(({ suggestions }) => suggestions !== undefined)?.suggestions ?? NO_SUGGESTIONS;
  }

  /** The answer that the bot waits for; `undefined` after the user has answered. */
  get input(): Input | undefined {
    if (this.#isAnswered) return undefined;
    return (this.#detachedSuggestions?.seq === this.lastSeq ? this.#detachedSuggestions : this.#stored.at(-1))?.input;
  }

  /** Whether a message after the last one of the bot is being sent. */
  get #isAnswered(): boolean {
    return this.#pending.some(({ after = Number.POSITIVE_INFINITY }) => after >= this.lastSeq);
  }

  get lastSeq(): number {
    return this.#stored.at(-1)?.seq ?? 0;
  }

  /**
   * Where a message that is sent now belongs: after this `seq`. It is `undefined` before anything was loaded, and while
   * an earlier message has no position.
   */
  get position(): number | undefined {
    const isKnown = this.#isLoaded || this.#stored.length > 0;
    return isKnown && this.#pending.every(({ after }) => after !== undefined) ? this.lastSeq : undefined;
  }

  /** The last message before the first gap. */
  get lastContiguous(): StoredEntry | undefined {
    const gap = this.#findGap(0);
    return gap === -1 ? this.#stored.at(-1) : this.#stored[gap - 1];
  }

  /**
   * The last message before the first gap, without the user's messages at the end: missing messages are fetched from
   * here. The bot may have redacted the messages that it had not answered yet, so they are fetched again.
   */
  get lastAnswered(): StoredEntry | undefined {
    const gap = this.#findGap(0);
    const contiguous = gap === -1 ? this.#stored : this.#stored.slice(0, gap);
    return contiguous.findLast(({ sender }) => sender === "bot");
  }

  /** Whether a message is missing that the server may still deliver. */
  get hasGap(): boolean {
    return this.#findGap(this.#gapsAcceptedUpTo) !== -1;
  }

  /**
   * Add or update a stored message.
   *
   * @returns The entry; `null` if the message was already known to be stored.
   */
  add(message: StoredMessage): StoredEntry | null {
    const existing = this.#stored.find(({ id }) => id === message.id);
    const streamed = message.sender === "bot" ? this.answer.replace(message.id) : undefined;
    const base = existing ?? this.#findPending(message.client_message_id)?.entry ?? streamed;
    const entry: StoredEntry = omitUndefined({
      key: base?.key ?? this.#createKey(),
      sender: message.sender,
      content: base?.isSecret ? SECRET : message.content,
      timestamp: message.timestamp,
      delivery: "delivered" as const,
      id: message.id,
      seq: message.seq,
      attachments: message.attachments,
      clientMessageId: message.client_message_id,
      suggestions: message.suggestions ?? existing?.suggestions,
      input: message.input ?? existing?.input,
      sources: message.sources,
      finishReason: message.finish_reason,
      rating: message.rating,
      // The bot may have redacted the message, and then its old text must not be displayed.
      shown: base?.content.trim() === message.content ? base.shown : undefined,
      isSecret: base?.isSecret,
      unanswered: base?.unanswered,
    });
    this.#upsert(entry);
    return existing === undefined ? entry : null;
  }

  /** Add a message of the outbox (optimistic update). */
  addPending(message: OutboxMessage): Entry {
    const entry: Entry = omitUndefined({
      key: this.#createKey(),
      sender: "user" as const,
      content: message.isSecret ? SECRET : message.content,
      timestamp: message.timestamp,
      delivery: message.failure === undefined ? ("sending" as const) : ("failed" as const),
      clientMessageId: message.clientMessageId,
      shown: message.shown,
      isSecret: message.isSecret,
      attachments: listAttachments(message),
      reason: message.failure,
    });
    this.#pending = [...this.#pending, { entry, after: message.after ?? this.position }];
    this.#entries = null;
    return entry;
  }

  /**
   * Turn a pending message into a stored one.
   *
   * @returns The entry; `null` if the message is not pending.
   */
  markDelivered(clientMessageId: string, { message_id: id, seq, timestamp }: Receipt): StoredEntry | null {
    const pending = this.#findPending(clientMessageId);
    if (pending === undefined) return null;
    const { reason: _reason, ...entry } = pending.entry;
    const stored: StoredEntry = { ...entry, id, seq, timestamp, delivery: "delivered" };
    this.#upsert(stored);
    return stored;
  }

  /** Mark a pending message as failed. Return `null` if it is not pending. */
  markFailed(clientMessageId: string, reason: FailureReason): Entry | null {
    return this.#updatePending(clientMessageId, (entry) => ({ ...entry, delivery: "failed", reason }));
  }

  /** Mark a failed message as being sent again. Return `null` if it is not pending. */
  markSending(clientMessageId: string): Entry | null {
    return this.#updatePending(clientMessageId, ({ reason: _reason, ...entry }) => ({ ...entry, delivery: "sending" }));
  }

  /** Give the pending messages without a position the one at the end, after the conversation was loaded. */
  settlePending(): void {
    this.#isLoaded = true;
    this.#pending = this.#pending.map(({ entry, after }) => ({ entry, after: after ?? this.lastSeq }));
    this.#entries = null;
  }

  /** Remove a pending message. */
  removePending(clientMessageId: string): void {
    this.#pending = this.#pending.filter(({ entry }) => entry.clientMessageId !== clientMessageId);
    this.#entries = null;
  }

  /** Mark a message that the bot failed to answer. Return `null` if it is unknown. */
  markUnanswered(messageId: string): StoredEntry | null {
    const entry = this.#stored.find(({ id }) => id === messageId);
    if (entry === undefined) return null;
    const unanswered: StoredEntry = { ...entry, unanswered: true };
    this.#upsert(unanswered);
    return unanswered;
  }

  /** Set or remove the rating of a message, if it is known. */
  setRating(messageId: string, rating: Rating | undefined): void {
    this.#stored = this.#stored.map((entry) => {
      if (entry.id !== messageId) return entry;
      return omitUndefined({ ...entry, rating });
    });
    this.#entries = null;
  }

  /**
   * Add a piece of the message that the bot is writing.
   *
   * @param timestamp - When the message begins, if this is its first piece.
   * @returns Whether anything has changed.
   */
  addDelta(delta: Omit<DeltaFrame, "type" | "session_id">, timestamp: string): boolean {
    const lastId = this.#stored.findLast(({ sender }) => sender === "bot")?.id;
    if (lastId !== undefined && delta.id <= lastId) return false;
    return this.answer.add(delta, () => ({ key: this.#createKey(), timestamp }));
  }

  /** Set the quick replies of a `suggestion` frame. */
  setSuggestions(suggestions: readonly Suggestion[], input?: Input): void {
    const last = this.#stored.at(-1);
    if (last?.sender === "bot") this.#upsert({ ...last, suggestions, ...(input && { input }) });
    else this.#detachedSuggestions = { seq: this.lastSeq, suggestions, input };
  }

  /** Set the first `seq` that must be present. */
  setFirstExpectedSeq(seq: number): void {
    this.#firstExpectedSeq = seq;
  }

  /** Ignore the current gaps, because the server cannot fill them; only later ones count. */
  acceptGaps(): void {
    this.#gapsAcceptedUpTo = this.lastSeq;
    this.#firstExpectedSeq = Math.min(this.#firstExpectedSeq, this.#stored[0]?.seq ?? 1);
  }

  #upsert(entry: StoredEntry): void {
    this.#pending = this.#pending.filter((pending) => pending.entry.key !== entry.key);
    const others = this.#stored.filter(({ id }) => id !== entry.id);
    const index = others.findLastIndex(({ seq }) => seq < entry.seq) + 1;
    this.#stored = others.toSpliced(index, 0, entry);
    this.#entries = null;
  }

  #updatePending(clientMessageId: string, update: (entry: Entry) => Entry): Entry | null {
    let updated: Entry | null = null;
    this.#pending = this.#pending.map((pending) => {
      if (pending.entry.clientMessageId !== clientMessageId) return pending;
      updated = update(pending.entry);
      return { ...pending, entry: updated };
    });
    this.#entries = null;
    return updated;
  }

  #findPending(clientMessageId: string | undefined): PendingEntry | undefined {
    if (clientMessageId === undefined) return undefined;
    return this.#pending.find(({ entry }) => entry.clientMessageId === clientMessageId);
  }

  /** Find the index of the first message after `seq` whose predecessor is missing, or -1. */
  #findGap(afterSeq: number): number {
    return this.#stored.findIndex(({ seq }, index) => {
      const previous = this.#stored[index - 1];
      return seq > afterSeq && (previous === undefined ? seq > this.#firstExpectedSeq : seq !== previous.seq + 1);
    });
  }

  #merge(): readonly Entry[] {
    const positions = [
      ...this.#stored.map((entry) => ({ entry: entry as Entry, position: entry.seq })),
      ...this.#pending.map(({ entry, after = Number.POSITIVE_INFINITY }) => ({ entry, position: after })),
    ];
    // The sort is stable: at the same position the stored message comes first, and pending ones keep their order.
    return positions.sort((a, b) => a.position - b.position).map(({ entry }) => entry);
  }

  #createKey(): string {
    this.#keyCount += 1;
    return `entry-${this.#keyCount}`;
  }
}
