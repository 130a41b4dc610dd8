/**
 * What was written and is not yet acknowledged.
 *
 * @module
 */

import { Backoff } from "./backoff.ts";
import type { Platform } from "./platform.ts";
import type { Attachment, ErrorWord } from "./protocol.ts";
import type { Store } from "./storage.ts";
import type { Timing } from "./timing.ts";

/**
 * Why a message was not sent: the server's word, or
 * - `unconfirmed`: it went out several times over connections that work, and nothing came back;
 * - `stale`: it went out so long ago that the server may have forgotten its id, so sending it again could double it.
 */
export type FailureReason = ErrorWord | "unconfirmed" | "stale";

/** One message on its way. */
export interface Letter {
  /** Sent again under the same id it is stored once. */
  readonly clientMessageId: string;
  /** The key of its conversation; `null` until the server has named one. */
  readonly conversation: string | null;
  readonly content: string;
  /** What a screen says instead, where a suggestion's text differs from its value. */
  readonly shown?: string;
  readonly attachments?: readonly Attachment[];
  readonly timestamp: string;
  /** When it first went out, in milliseconds since 1970. */
  readonly firstSentAt?: number;
  /** Set once it has failed; it then waits for `retry`. */
  readonly failure?: FailureReason;
}

/** What an outbox needs of the client. */
export interface Carrier {
  /**
   * Hand a message to the connection.
   *
   * @returns Whether it went out.
   */
  transmit(letter: Letter): boolean;
  /** A message that went out was not acknowledged in time: the connection is suspect. */
  onSilence(): void;
  /** When something was last heard from the server. */
  heardAt(): number;
  onFailed(letter: Letter): void;
}

/** The server's refusal of a message. */
export interface Refusal {
  readonly error: ErrorWord;
  /** Milliseconds to wait, where the server named a time. */
  readonly retryAfter: number | null;
}

interface Lane {
  /** The message that is under way, if any: one at a time, because the server may handle frames side by side. */
  underway: string | null;
  cancel: () => void;
  readonly backoff: Backoff;
  /** How often in a row the message at its head was met with silence, or with a fault of the server. */
  setbacks: number;
}

const PLACE = "outbox";
/** The server knows an id for 24 hours (contract, 4.2); an hour is left for clocks that differ. */
const KNOWN_FOR_MS = 23 * 60 * 60_000;
const SETBACKS = 5;

/**
 * Keeps the messages of each conversation strictly in order, over reconnects and reloads. Conversations do not wait for
 * one another.
 */
export class Outbox {
  readonly #store: Store;
  readonly #carrier: Carrier;
  readonly #platform: Platform;
  readonly #timing: Timing;
  readonly #lanes = new Map<string | null, Lane>();
  #letters: readonly Letter[];
  #cancelHold: (() => void) | null = null;

  constructor(store: Store, carrier: Carrier, platform: Platform, timing: Timing) {
    this.#store = store;
    this.#carrier = carrier;
    this.#platform = platform;
    this.#timing = timing;
    this.#letters = store.read<Letter[]>(PLACE) ?? [];
  }

  /** All of them, in the order they were written. */
  get letters(): readonly Letter[] {
    return this.#letters;
  }

  of(conversation: string | null): readonly Letter[] {
    return this.#letters.filter((letter) => letter.conversation === conversation);
  }

  find(clientMessageId: string): Letter | undefined {
    return this.#letters.find((letter) => letter.clientMessageId === clientMessageId);
  }

  add(...letters: readonly Letter[]): void {
    this.#keep([...this.#letters, ...letters]);
    this.pump();
  }

  /** Send what can be sent: of every conversation the first message, if none of it is under way. */
  pump(): void {
    if (this.#cancelHold !== null) return;
    const heads = new Map<string | null, Letter>();
    for (const letter of this.#letters) {
      if (letter.failure === undefined && !heads.has(letter.conversation)) heads.set(letter.conversation, letter);
    }
    for (const letter of heads.values()) this.#send(letter);
  }

  /** The connection is gone: whatever was under way goes again over the next one. */
  interrupted(): void {
    for (const lane of this.#lanes.values()) release(lane);
  }

  /** The server has it, whichever way it said so; also one that had failed. */
  acknowledged(clientMessageId: string): void {
    const letter = this.find(clientMessageId);
    if (letter === undefined) return;
    this.#keep(this.#letters.filter((other) => other !== letter));
    this.#moveOn(letter);
  }

  /** The server said no. What may yet succeed is tried again; the rest fails and lets the next ones pass. */
  refused(clientMessageId: string, { error, retryAfter }: Refusal): void {
    const letter = this.find(clientMessageId);
    if (letter === undefined || letter.failure !== undefined) return;
    const lane = this.#lane(letter.conversation);
    if (error === "rate_limited") {
      release(lane);
      this.#hold(retryAfter ?? this.#timing.firstRetry);
    } else if (error === "unavailable") {
      lane.setbacks = 0;
      this.#wait(lane, clientMessageId, retryAfter ?? 0);
    } else if (error === "internal" && ++lane.setbacks < SETBACKS) {
      this.#wait(lane, clientMessageId, retryAfter ?? 0);
    } else {
      this.#fail(letter, error);
    }
  }

  /** Try one again that has failed, at its old place. */
  retry(clientMessageId: string): void {
    this.#keep(this.#letters.map((letter) => (letter.clientMessageId === clientMessageId ? unfailed(letter) : letter)));
    this.pump();
  }

  remove(clientMessageId: string): void {
    this.acknowledged(clientMessageId);
  }

  /** What was meant for one conversation goes to another: it has been named, or another took its place. */
  readdress(from: string | null, to: string | null): void {
    release(this.#lane(from));
    this.#keep(this.#letters.map((each) => (each.conversation === from ? { ...each, conversation: to } : each)));
    this.pump();
  }

  /** The conversation is gone, and what was meant for it with it. */
  abandon(conversation: string | null): void {
    release(this.#lane(conversation));
    this.#keep(this.#letters.filter((letter) => letter.conversation !== conversation));
  }

  /** The connection was cut because of a frame that is too large: it can only be the largest one under way. */
  tooLarge(): void {
    const underway = [...this.#lanes.values()].flatMap((lane) => this.find(lane.underway ?? "") ?? []);
    const [largest] = underway.toSorted((a, b) => JSON.stringify(b).length - JSON.stringify(a).length);
    if (largest !== undefined) this.#fail(largest, "payload_too_large");
  }

  #send(letter: Letter): void {
    const lane = this.#lane(letter.conversation);
    if (lane.underway !== null) return;
    if (this.#platform.now() - (letter.firstSentAt ?? this.#platform.now()) > KNOWN_FOR_MS) {
      this.#fail(letter, "stale");
      return;
    }
    if (!this.#carrier.transmit(letter)) return;
    lane.underway = letter.clientMessageId;
    const sentAt = this.#platform.now();
    lane.cancel = this.#platform.after(this.#timing.acknowledgedWithin, () => this.#silence(letter, lane, sentAt));
    if (letter.firstSentAt !== undefined) return;
    const sent = { ...letter, firstSentAt: this.#platform.now() };
    this.#keep(this.#letters.map((other) => (other === letter ? sent : other)));
  }

  /** Try a message again in a while; the next ones of its conversation stay behind it. */
  #wait(lane: Lane, clientMessageId: string, atLeast: number): void {
    release(lane);
    lane.underway = clientMessageId;
    lane.cancel = this.#platform.after(Math.max(atLeast, lane.backoff.next()), () => {
      release(lane);
      this.pump();
    });
  }

  #silence(letter: Letter, lane: Lane, sentAt: number): void {
    release(lane);
    // A connection that is dead for everything says nothing about this message.
    if (this.#carrier.heardAt() > sentAt) lane.setbacks += 1;
    if (lane.setbacks >= SETBACKS) this.#fail(letter, "unconfirmed");
    else this.#carrier.onSilence();
  }

  #fail({ clientMessageId }: Letter, failure: FailureReason): void {
    const letter = this.find(clientMessageId);
    if (letter === undefined) return;
    const failed = { ...letter, failure };
    this.#keep(this.#letters.map((other) => (other === letter ? failed : other)));
    this.#carrier.onFailed(failed);
    this.#moveOn(failed);
  }

  #moveOn({ conversation, clientMessageId }: Letter): void {
    const lane = this.#lane(conversation);
    if (lane.underway === clientMessageId) release(lane);
    lane.setbacks = 0;
    lane.backoff.reset();
    this.pump();
  }

  /** The limit is the user's, not a conversation's. */
  #hold(milliseconds: number): void {
    this.#cancelHold?.();
    this.#cancelHold = this.#platform.after(milliseconds, () => {
      this.#cancelHold = null;
      this.pump();
    });
  }

  #lane(conversation: string | null): Lane {
    const known = this.#lanes.get(conversation);
    if (known !== undefined) return known;
    const { firstRetry, longestRetry } = this.#timing;
    const backoff = new Backoff(firstRetry, longestRetry, () => this.#platform.random());
    const lane: Lane = { underway: null, cancel: nothing, backoff, setbacks: 0 };
    this.#lanes.set(conversation, lane);
    return lane;
  }

  #keep(letters: readonly Letter[]): void {
    this.#letters = letters;
    this.#store.write(PLACE, letters.length > 0 ? letters : null);
  }
}

function release(lane: Lane): void {
  lane.cancel();
  lane.cancel = nothing;
  lane.underway = null;
}

function unfailed({ failure: _failure, ...letter }: Letter): Letter {
  return letter;
}

function nothing(): void {
  // No timer is set.
}
