/**
 * The anonymous visitor: a session token for as long as the session lives, and what was said.
 *
 * @module
 */

import type { Platform } from "./platform.ts";
import type { ConnectedFrame, StoredMessage } from "./protocol.ts";
import { keyOf } from "./ids.ts";
import type { Store } from "./storage.ts";
import type { StoredEntry } from "./timeline.ts";

interface Session {
  readonly token: string;
  readonly key: string;
  /** Milliseconds without a message after which the session ends. */
  readonly lifetime: number;
  /** When it ends unless something is said, in milliseconds since 1970. */
  readonly endsAt: number;
}

export interface Transcript {
  readonly botName: string;
  /** The first `seq` that it should have. */
  readonly beginsAt: number;
  readonly messages: readonly StoredMessage[];
}

const SESSION = "session";
const TRANSCRIPT = "transcript";
/** A visitor's session lives for 30 minutes without a message (contract, 3). */
const LIFETIME_S = 30 * 60;
const KEPT_MESSAGES = 200;

/**
 * The server keeps what visitors say for as long as their session lives and gives them no history of it, so the storage
 * has a copy for the time after a reload.
 */
export class Visitor {
  readonly #store: Store;
  readonly #platform: Platform;
  #session: Session | null;

  constructor(store: Store, platform: Platform) {
    this.#store = store;
    this.#platform = platform;
    this.#session = store.read<Session>(SESSION);
  }

  /** The key of the conversation. */
  get key(): string | null {
    return this.#session?.key ?? null;
  }

  /** Milliseconds without a message after which the session ends; 0 while there is none. */
  get lifetime(): number {
    return this.#session?.lifetime ?? 0;
  }

  /** The token, or `null` if it certainly opens nothing any more. */
  get token(): string | null {
    return this.#session !== null && this.#platform.now() < this.#session.endsAt ? this.#session.token : null;
  }

  /** What was said before the page was loaded again. */
  get transcript(): Transcript | null {
    return this.#store.read<Transcript>(TRANSCRIPT);
  }

  /** The server has opened the session, or opened it again. */
  arrived({ session_id, session_token, expires_in = LIFETIME_S }: ConnectedFrame): void {
    const key = keyOf(session_id);
    const returns = key === this.key;
    const token = session_token ?? (returns ? this.#session?.token : undefined) ?? "";
    // A session that was returned to is shorter than its whole life.
    const lifetime = Math.max(expires_in * 1000, returns ? this.lifetime : 0);
    this.#keep({ token, key, lifetime, endsAt: this.#platform.now() + expires_in * 1000 });
  }

  /** Something was said, so the session lives on. */
  spoke(botName: string, stored: readonly StoredEntry[]): void {
    if (this.#session === null) return;
    this.#keep({ ...this.#session, endsAt: this.#platform.now() + this.#session.lifetime });
    const kept = stored.slice(-KEPT_MESSAGES);
    const beginsAt = kept.length < stored.length ? (kept[0]?.seq ?? 1) : 1;
    const transcript: Transcript = { botName, beginsAt, messages: kept.map(toMessage) };
    this.#store.write(TRANSCRIPT, transcript);
  }

  /** The session is over, and its token with it. */
  forget(): void {
    this.#keep(null);
    this.#store.write(TRANSCRIPT, null);
  }

  #keep(session: Session | null): void {
    this.#session = session;
    this.#store.write(SESSION, session);
  }
}

function toMessage(entry: StoredEntry): StoredMessage {
  const { id, seq, sender, content, timestamp, suggestions, attachments, clientMessageId } = entry;
  return {
    id,
    seq,
    sender,
    content,
    timestamp,
    ...(suggestions === undefined ? {} : { suggestions }),
    ...(attachments === undefined ? {} : { attachments }),
    ...(clientMessageId === undefined ? {} : { client_message_id: clientMessageId }),
  };
}
