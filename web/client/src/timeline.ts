/**
 * One conversation as far as this client has seen it: every message once, in the server's order.
 *
 * @module
 */

import type { FailureReason, Letter } from "./outbox.ts";
import type { Attachment, Receipt, Sender, StoredMessage, Suggestion } from "./protocol.ts";

/** How far one of the user's messages has come. */
export type Delivery = "sending" | "delivered" | "failed";

/** One line of a conversation. A line that changes is a new object with the same `key`. */
export interface Entry {
  /** The same for as long as the conversation is open: from the message being written to it being stored. */
  readonly key: string;
  readonly sender: Sender;
  readonly content: string;
  /** What to show instead, where a suggestion's text differs from its value. */
  readonly shown?: string;
  readonly timestamp: string;
  readonly delivery: Delivery;
  readonly attachments?: readonly Attachment[];
  /** Of a stored message. */
  readonly id?: string;
  readonly seq?: number;
  readonly clientMessageId?: string;
  /** Why it was not sent. */
  readonly reason?: FailureReason;
  /** Quick replies to it. */
  readonly suggestions?: readonly Suggestion[];
  /** The bot could not answer it, and has given up. */
  readonly unanswered?: boolean;
}

/** A line that the server has. */
export type StoredEntry = Entry & { readonly id: string; readonly seq: number };

interface Pending {
  readonly entry: Entry;
  /** The last `seq` before it was written: where it stands until it has one of its own. */
  readonly after: number;
}

/**
 * Puts in order what comes in any order, from history, live frames and replays, any of it twice, late or never.
 * Whatever the way, the same messages give the same list.
 */
export class Timeline {
  #stored: readonly StoredEntry[] = [];
  #pending: readonly Pending[] = [];
  #entries: readonly Entry[] | null = [];
  /** Quick replies that came while the user had the last word, and the `seq` of that word. */
  #loose: { readonly seq: number; readonly suggestions: readonly Suggestion[] } | null = null;
  #settled = 0;
  /** The first `seq` that has to be here; a page of history is the end of something, so at first it is not known. */
  #floor = Number.POSITIVE_INFINITY;
  #keys = 0;

  /** All lines, in order. The array is a new one whenever anything has changed. */
  get entries(): readonly Entry[] {
    this.#entries ??= this.#merge();
    return this.#entries;
  }

  /** What the server has, by `seq`. */
  get stored(): readonly StoredEntry[] {
    return this.#stored;
  }

  /** The quick replies to what the bot said last; none once the user has answered. */
  get suggestions(): readonly Suggestion[] {
    if (this.#pending.some(({ after }) => after >= this.lastSeq)) return [];
    if (this.#loose?.seq === this.lastSeq) return this.#loose.suggestions;
    const turn = this.#stored.slice(this.#stored.findLastIndex(({ sender }) => sender === "user") + 1);
    return turn.findLast(({ suggestions }) => suggestions !== undefined)?.suggestions ?? [];
  }

  get lastSeq(): number {
    return this.#stored.at(-1)?.seq ?? 0;
  }

  /** The last message before which none is missing, if any: what was missed comes after it. */
  get contiguous(): StoredEntry | undefined {
    const gap = this.#gap(0);
    return gap === -1 ? this.#stored.at(-1) : this.#stored[gap - 1];
  }

  /** Whether something is missing that may still be had. */
  get hasGap(): boolean {
    return this.#gap(this.#settled) !== -1;
  }

  /**
   * A stored message, from wherever.
   *
   * @returns The line, if it is one that was not stored here before.
   */
  add(message: StoredMessage): StoredEntry | null {
    const known = this.#stored.find(({ id }) => id === message.id);
    const pending = this.#written(message.client_message_id);
    const base = known ?? pending?.entry;
    const suggestions = message.suggestions ?? known?.suggestions;
    const entry: StoredEntry = {
      key: base?.key ?? this.#key(),
      sender: message.sender,
      content: message.content,
      timestamp: message.timestamp,
      delivery: "delivered",
      id: message.id,
      seq: message.seq,
      ...(message.attachments === undefined ? {} : { attachments: message.attachments }),
      ...(message.client_message_id === undefined ? {} : { clientMessageId: message.client_message_id }),
      ...(suggestions === undefined ? {} : { suggestions }),
      ...(base?.shown === undefined ? {} : { shown: base.shown }),
      ...(base?.unanswered === undefined ? {} : { unanswered: base.unanswered }),
    };
    this.#put(entry);
    return known === undefined ? entry : null;
  }

  /** Something was written here that the server has not acknowledged. */
  write(letter: Letter): Entry {
    const entry: Entry = {
      key: this.#key(),
      sender: "user",
      content: letter.content,
      timestamp: letter.timestamp,
      delivery: letter.failure === undefined ? "sending" : "failed",
      clientMessageId: letter.clientMessageId,
      ...(letter.shown === undefined ? {} : { shown: letter.shown }),
      ...(letter.attachments === undefined ? {} : { attachments: letter.attachments }),
      ...(letter.failure === undefined ? {} : { reason: letter.failure }),
    };
    this.#pending = [...this.#pending, { entry, after: this.lastSeq }];
    this.#entries = null;
    return entry;
  }

  /**
   * The server has stored what was written here.
   *
   * @returns The line, if it was not known to be stored.
   */
  delivered(clientMessageId: string, { message_id: id, seq, timestamp }: Receipt): StoredEntry | null {
    const pending = this.#written(clientMessageId);
    if (pending === undefined) return null;
    const { reason: _reason, ...entry } = pending.entry;
    const stored: StoredEntry = { ...entry, id, seq, timestamp, delivery: "delivered" };
    this.#put(stored);
    return stored;
  }

  /** The server refused what was written here. */
  failed(clientMessageId: string, reason: FailureReason): Entry | null {
    return this.#change(clientMessageId, (entry) => ({ ...entry, delivery: "failed", reason }));
  }

  /** It is on its way again. */
  sending(clientMessageId: string): Entry | null {
    return this.#change(clientMessageId, ({ reason: _reason, ...entry }) => ({ ...entry, delivery: "sending" }));
  }

  /** It was never sent, and shall not be. */
  discard(clientMessageId: string): void {
    this.#pending = this.#pending.filter(({ entry }) => entry.clientMessageId !== clientMessageId);
    this.#entries = null;
  }

  /** The bot has given up on a message. */
  unanswered(messageId: string): StoredEntry | null {
    const entry = this.#stored.find(({ id }) => id === messageId);
    if (entry === undefined) return null;
    const given: StoredEntry = { ...entry, unanswered: true };
    this.#put(given);
    return given;
  }

  /** Quick replies that came by themselves. */
  suggest(suggestions: readonly Suggestion[]): void {
    const last = this.#stored.at(-1);
    if (last?.sender === "bot") this.#put({ ...last, suggestions });
    else this.#loose = { seq: this.lastSeq, suggestions };
  }

  /** The first `seq` that has to be here. */
  beginsAt(seq: number): void {
    this.#floor = seq;
  }

  /** This is all that can be had for now: only what goes missing from here on is a gap. */
  settle(): void {
    this.#settled = this.lastSeq;
    this.#floor = Math.min(this.#floor, this.#stored[0]?.seq ?? 1);
  }

  #put(entry: StoredEntry): void {
    this.#pending = this.#pending.filter((each) => each.entry.key !== entry.key);
    const others = this.#stored.filter(({ id }) => id !== entry.id);
    const place = others.findLastIndex(({ seq }) => seq < entry.seq) + 1;
    this.#stored = others.toSpliced(place, 0, entry);
    this.#entries = null;
  }

  #change(clientMessageId: string, change: (entry: Entry) => Entry): Entry | null {
    let changed: Entry | null = null;
    this.#pending = this.#pending.map((each) => {
      if (each.entry.clientMessageId !== clientMessageId) return each;
      changed = change(each.entry);
      return { ...each, entry: changed };
    });
    this.#entries = null;
    return changed;
  }

  #written(clientMessageId: string | undefined): Pending | undefined {
    if (clientMessageId === undefined) return undefined;
    return this.#pending.find(({ entry }) => entry.clientMessageId === clientMessageId);
  }

  /** Where the first message stands before which one is missing, after some `seq`; -1 if none is. */
  #gap(settled: number): number {
    return this.#stored.findIndex(({ seq }, index) => {
      const before = this.#stored[index - 1];
      return seq > settled && (before === undefined ? seq > this.#floor : seq !== before.seq + 1);
    });
  }

  #merge(): readonly Entry[] {
    const places = [
      ...this.#stored.map((entry) => ({ entry: entry as Entry, place: entry.seq })),
      ...this.#pending.map(({ entry, after }) => ({ entry, place: after })),
    ];
    // Stable: at the same place the stored one comes first, and what was written keeps its order.
    return places.sort((a, b) => a.place - b.place).map(({ entry }) => entry);
  }

  #key(): string {
    this.#keys += 1;
    return `entry-${this.#keys}`;
  }
}
