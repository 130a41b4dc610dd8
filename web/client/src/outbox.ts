/**
 * The outbox: messages that the server has not acknowledged yet.
 *
 * @module
 */

import { Backoff } from "./backoff.ts";
import type { Platform } from "./platform.ts";
import type { Attachment, ErrorCode } from "./protocol.ts";
import { SendQueue } from "./send-queue.ts";
import type { Store } from "./storage.ts";
import type { Timing } from "./timing.ts";
import type { UploadedFile } from "./upload.ts";

/**
 * Why a message was not sent: the server's error code, or
 * - `unconfirmed`: it was sent several times over working connections and never acknowledged;
 * - `stale`: it was first sent so long ago that the server may have forgotten its id, so a retry could store it twice.
 */
export type FailureReason = ErrorCode | "unconfirmed" | "stale";

/** A message in the outbox. The storage contains it as JSON, so its field names must not change. */
export interface OutboxMessage {
  /** The idempotency key: the server stores a message once, however often it is sent under this id. */
  readonly clientMessageId: string;
  /** The key of its conversation; `null` until the server has assigned one. */
  readonly conversation: string | null;
  readonly content: string;
  /** The text to display, if a quick reply's text differs from its value. */
  readonly shown?: string;
  readonly attachments?: readonly Attachment[];
  readonly files?: readonly UploadedFile[];
  /** A secret is not in the storage. */
  readonly isSecret?: true;
  readonly timestamp: string;
  /**
   * The last `seq` of its conversation when it was written: its position until it gets a `seq` of its own. Absent while
   * that is unknown, because the conversation was not loaded yet.
   */
  readonly after?: number;
  /** When it was first sent, in milliseconds since 1970. */
  readonly firstSentAt?: number;
  /** Set when it has failed; it is then sent again only by `retry`. */
  readonly failure?: FailureReason;
}

/** How the outbox sends messages. */
export interface Transport {
  /**
   * Send a message.
   *
   * @returns Whether it was sent.
   */
  transmit(message: OutboxMessage): boolean;
  /** Called when a message was not acknowledged in time, so the connection may be dead. */
  onAckTimeout(): void;
  /** When the last frame of the server was received, in milliseconds since 1970. */
  getLastReceivedAt(): number;
  onFailed(message: OutboxMessage): void;
}

/** The server's error for a message. */
export interface SendError {
  readonly error: ErrorCode;
  /** Milliseconds to wait before a retry; `null` if the server gave no time. */
  readonly retryAfter: number | null;
}

const STORAGE_NAME = "outbox";
/** The server remembers an id for 24 hours (contract, 4.2), less an hour for clock differences. */
const ID_LIFETIME_MS = 23 * 60 * 60_000;
const MAX_FAILED_ATTEMPTS = 5;

/**
 * Sends the messages of each conversation strictly in order, over reconnects and reloads. Conversations do not wait for
 * one another.
 */
export class Outbox {
  readonly #store: Store;
  readonly #transport: Transport;
  readonly #platform: Platform;
  readonly #timing: Timing;
  readonly #queues = new Map<string | null, SendQueue>();
  #messages: readonly OutboxMessage[];
  #cancelPause: (() => void) | null = null;

  constructor(store: Store, transport: Transport, platform: Platform, timing: Timing) {
    this.#store = store;
    this.#transport = transport;
    this.#platform = platform;
    this.#timing = timing;
    this.#messages = readStoredMessages(store);
  }

  /** All messages, oldest first. */
  get messages(): readonly OutboxMessage[] {
    return this.#messages;
  }

  /** The id of the message in flight; `null` without one, or with several in different conversations. */
  get onlyIdInFlight(): string | null {
    const ids = [...this.#queues.values()].flatMap(({ messageId }) => messageId ?? []);
    return ids.length === 1 ? (ids[0] ?? null) : null;
  }

  listByConversation(conversation: string | null): readonly OutboxMessage[] {
    return this.#messages.filter((message) => message.conversation === conversation);
  }

  find(clientMessageId: string): OutboxMessage | undefined {
    return this.#messages.find((message) => message.clientMessageId === clientMessageId);
  }

  add(...messages: readonly OutboxMessage[]): void {
    this.#save([...this.#messages, ...messages]);
    this.flush();
  }

  /** Send the first message of every conversation that has none in flight. */
  flush(): void {
    if (this.#cancelPause !== null) return;
    const firstMessages = new Map<string | null, OutboxMessage>();
    for (const message of this.#messages) {
      const { conversation, failure } = message;
      if (failure === undefined && !firstMessages.has(conversation)) firstMessages.set(conversation, message);
    }
    for (const message of firstMessages.values()) this.#send(message);
  }

  /** Release the messages in flight after the connection was lost; they are sent again over the next one. */
  releaseAll(): void {
    for (const queue of this.#queues.values()) queue.release();
  }

  /** Remove a message that the server has stored, even if it had failed before. */
  acknowledge(clientMessageId: string): void {
    const message = this.find(clientMessageId);
    if (message === undefined) return;
    this.#save(this.#messages.filter((other) => other !== message));
    this.#sendNext(message);
  }

  /** Retry a message after a temporary error of the server; after any other error, mark it as failed. */
  handleError(clientMessageId: string, { error, retryAfter }: SendError): void {
    const message = this.find(clientMessageId);
    if (message === undefined || message.failure !== undefined) return;
    const queue = this.#getQueue(message.conversation);
    if (error === "rate_limited") {
      queue.release();
      this.#pause(retryAfter ?? this.#timing.initialBackoff);
    } else if (error === "unavailable") {
      queue.failedAttempts = 0;
      this.#scheduleRetry(queue, clientMessageId, retryAfter ?? 0);
    } else if (error === "internal" && ++queue.failedAttempts < MAX_FAILED_ATTEMPTS) {
      this.#scheduleRetry(queue, clientMessageId, retryAfter ?? 0);
    } else {
      this.#fail(message, error);
    }
  }

  /** Send a failed message again, at its original position. */
  retry(clientMessageId: string): void {
    this.#save(
      this.#messages.map((message) => (message.clientMessageId === clientMessageId ? clearFailure(message) : message)),
    );
    this.flush();
  }

  remove(clientMessageId: string): void {
    this.acknowledge(clientMessageId);
  }

  /** Move the messages of a conversation to another one, because it got its key or was replaced. */
  moveMessages(from: string | null, to: string | null): void {
    this.#getQueue(from).release();
    this.#save(
      this.#messages.map((message) => (message.conversation === from ? moveMessage(message, to) : message)),
    );
    this.flush();
  }

  /** Set the position of the messages of a conversation that have none. */
  setMissingPositions(conversation: string | null, after: number): void {
    const lacksPosition = (message: OutboxMessage): boolean =>
      message.conversation === conversation && message.after === undefined;
    if (!this.#messages.some(lacksPosition)) return;
    this.#save(this.#messages.map((message) => (lacksPosition(message) ? { ...message, after } : message)));
  }

  /** Remove all messages of a conversation that no longer exists. */
  removeConversation(conversation: string | null): void {
    this.#getQueue(conversation).release();
    this.#save(this.#messages.filter((message) => message.conversation !== conversation));
  }

  /** Remove all messages. */
  clear(): void {
    this.releaseAll();
    this.#save([]);
  }

  /** Fail the largest message in flight, because the socket was closed for a frame that is too large. */
  failLargest(): void {
    const inFlight = [...this.#queues.values()].flatMap((queue) => this.find(queue.messageId ?? "") ?? []);
    const [largest] = inFlight.toSorted((a, b) => JSON.stringify(b).length - JSON.stringify(a).length);
    if (largest !== undefined) this.#fail(largest, "payload_too_large");
  }

  #send(message: OutboxMessage): void {
    const queue = this.#getQueue(message.conversation);
    if (queue.messageId !== null) return;
    const now = this.#platform.now();
    if (now - (message.firstSentAt ?? now) > ID_LIFETIME_MS) {
      this.#fail(message, "stale");
      return;
    }
    if (!this.#transport.transmit(message)) return;
    queue.hold(
      message.clientMessageId,
      this.#platform.schedule(this.#timing.ackTimeout, () => this.#onAckTimeout(message, queue, now)),
    );
    if (message.firstSentAt === undefined) this.#replace(message, { ...message, firstSentAt: now });
  }

  /** Retry a message later; the next messages of its conversation wait for it. */
  #scheduleRetry(queue: SendQueue, clientMessageId: string, minDelay: number): void {
    const delay = Math.max(minDelay, queue.backoff.nextDelay());
    queue.hold(
      clientMessageId,
      this.#platform.schedule(delay, () => {
        queue.release();
        this.flush();
      }),
    );
  }

  #onAckTimeout(message: OutboxMessage, queue: SendQueue, sentAt: number): void {
    queue.release();
    // If nothing at all was received since, the connection is at fault and not the message.
    if (this.#transport.getLastReceivedAt() > sentAt) queue.failedAttempts += 1;
    if (queue.failedAttempts >= MAX_FAILED_ATTEMPTS) this.#fail(message, "unconfirmed");
    else this.#transport.onAckTimeout();
  }

  #fail({ clientMessageId }: OutboxMessage, failure: FailureReason): void {
    const message = this.find(clientMessageId);
    if (message === undefined) return;
    const failed = { ...message, failure };
    this.#replace(message, failed);
    this.#transport.onFailed(failed);
    this.#sendNext(failed);
  }

  #sendNext({ conversation, clientMessageId }: OutboxMessage): void {
    this.#getQueue(conversation).complete(clientMessageId);
    this.flush();
  }

  /** Pause all conversations: the rate limit applies to the user. */
  #pause(milliseconds: number): void {
    this.#cancelPause?.();
    this.#cancelPause = this.#platform.schedule(milliseconds, () => {
      this.#cancelPause = null;
      this.flush();
    });
  }

  #getQueue(conversation: string | null): SendQueue {
    const existing = this.#queues.get(conversation);
    if (existing !== undefined) return existing;
    const { initialBackoff, maxBackoff } = this.#timing;
    const queue = new SendQueue(new Backoff(initialBackoff, maxBackoff, () => this.#platform.random()));
    this.#queues.set(conversation, queue);
    return queue;
  }

  #replace(message: OutboxMessage, replacement: OutboxMessage): void {
    this.#save(this.#messages.map((other) => (other === message ? replacement : other)));
  }

  #save(messages: readonly OutboxMessage[]): void {
    this.#messages = messages;
    // Others may read the storage of a browser: a secret is never in it.
    const stored = messages.filter(({ isSecret }) => !isSecret);
    this.#store.write(STORAGE_NAME, stored.length > 0 ? stored : null);
  }
}

/** Read the messages that an earlier client has left in the storage. */
export function readStoredMessages(store: Store): readonly OutboxMessage[] {
  return store.read<OutboxMessage[]>(STORAGE_NAME) ?? [];
}

export function clearStoredMessages(store: Store): void {
  store.write(STORAGE_NAME, null);
}

/** Return the links and files of a message as the server will show them; `undefined` without any. */
export function listAttachments({ attachments = [], files = [] }: OutboxMessage): readonly Attachment[] | undefined {
  const all = [...attachments, ...files.map(({ attachment }) => attachment)];
  return all.length > 0 ? all : undefined;
}

/** Return the message for another conversation, in which it has no position yet. */
function moveMessage({ after: _after, ...message }: OutboxMessage, conversation: string | null): OutboxMessage {
  return { ...message, conversation };
}

function clearFailure({ failure: _failure, ...message }: OutboxMessage): OutboxMessage {
  return message;
}
