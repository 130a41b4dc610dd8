/**
 * The session of an anonymous visitor: its token and a copy of its messages.
 *
 * @module
 */

import type { Conversation } from "./conversation.ts";
import { toKey } from "./ids.ts";
import { omitUndefined } from "./omit-undefined.ts";
import type { Platform } from "./platform.ts";
import type { ConnectedFrame, StoredMessage } from "./protocol.ts";
import type { Store } from "./storage.ts";
import type { StoredEntry } from "./entry.ts";

/** The storage contains it as JSON, so its field names must not change. */
interface VisitorSession {
  readonly token: string;
  readonly key: string;
  /** Milliseconds without a message after which the session expires. */
  readonly lifetime: number;
  /** When it expires without a further message, in milliseconds since 1970. */
  readonly endsAt: number;
}

/** The copy of a conversation. The storage contains it as JSON, so its field names must not change. */
export interface Transcript {
  readonly botName: string;
  /** The first `seq` of the copy. */
  readonly beginsAt: number;
  readonly messages: readonly StoredMessage[];
}

const SESSION_NAME = "session";
const TRANSCRIPT_NAME = "transcript";
/** A visitor's session expires after 30 minutes without a message (contract, 3). */
const LIFETIME_S = 30 * 60;
const MAX_TRANSCRIPT_MESSAGES = 200;

/** Stores the messages of a visitor for the time after a reload, because the server gives visitors no history. */
export class Visitor {
  readonly #store: Store;
  readonly #platform: Platform;
  #session: VisitorSession | null;

  constructor(store: Store, platform: Platform) {
    this.#store = store;
    this.#platform = platform;
    this.#session = store.read<VisitorSession>(SESSION_NAME);
  }

  /** The key of the conversation. */
  get key(): string | null {
    return this.#session?.key ?? null;
  }

  /** Milliseconds without a message after which the session expires; 0 without a session. */
  get lifetime(): number {
    return this.#session?.lifetime ?? 0;
  }

  /** The session token; `null` if it has expired. */
  get token(): string | null {
    return this.#session !== null && this.#platform.now() < this.#session.endsAt ? this.#session.token : null;
  }

  /** The copy of the conversation from before a reload. */
  get transcript(): Transcript | null {
    return this.#store.read<Transcript>(TRANSCRIPT_NAME);
  }

  /** Store the session that the server has opened or resumed. */
  onConnected({ session_id, session_token, expires_in = LIFETIME_S }: ConnectedFrame): void {
    const key = toKey(session_id);
    const isResumed = key === this.key;
    const token = session_token ?? (isResumed ? this.#session?.token : undefined) ?? "";
    // `expires_in` of a resumed session is only its remaining time.
    const lifetime = Math.max(expires_in * 1000, isResumed ? this.lifetime : 0);
    this.#saveSession({ token, key, lifetime, endsAt: this.#platform.now() + expires_in * 1000 });
  }

  /** Extend the session after a message and update the copy of the conversation. */
  onActivity(conversation: Pick<Conversation, "botName" | "stored">): void {
    if (this.#session === null) return;
    this.#saveSession({ ...this.#session, endsAt: this.#platform.now() + this.#session.lifetime });
    this.saveTranscript(conversation);
  }

  /** Update the copy of the conversation. */
  saveTranscript({ botName, stored }: Pick<Conversation, "botName" | "stored">): void {
    if (this.#session === null) return;
    const newest = stored.slice(-MAX_TRANSCRIPT_MESSAGES);
    const beginsAt = newest.length < stored.length ? (newest[0]?.seq ?? 1) : 1;
    const transcript: Transcript = { botName, beginsAt, messages: newest.map(toStoredMessage) };
    this.#store.write(TRANSCRIPT_NAME, transcript);
  }

  /** Delete the session and the copy of its conversation. */
  clear(): void {
    this.#saveSession(null);
    this.#store.write(TRANSCRIPT_NAME, null);
  }

  #saveSession(session: VisitorSession | null): void {
    this.#session = session;
    this.#store.write(SESSION_NAME, session);
  }
}

function toStoredMessage({ clientMessageId, finishReason, ...entry }: StoredEntry): StoredMessage {
  const { id, seq, sender, content, timestamp, suggestions, attachments, rating, input, sources } = entry;
  return omitUndefined({
    id,
    seq,
    sender,
    content,
    timestamp,
    suggestions,
    attachments,
    client_message_id: clientMessageId,
    finish_reason: finishReason,
    rating,
    input,
    sources,
  });
}
