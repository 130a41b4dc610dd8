/**
 * Handling of the server's frames.
 *
 * @module
 */

import type { Api } from "./api.ts";
import type { Activity, ClientEvents } from "./client-types.ts";
import type { Connection } from "./connection.ts";
import type { EndReason, UploadEvents } from "./conversation-types.ts";
import { SECRET } from "./entry.ts";
import type { Emitter } from "./events.ts";
import { shortenMessage } from "./errors.ts";
import { toConversationId, toKey } from "./ids.ts";
import type { OpenConversations } from "./open-conversations.ts";
import type { Outbox } from "./outbox.ts";
import type {
  ConnectedFrame,
  ConversationStatusFrame,
  DeliveredFrame,
  ErrorCode,
  ErrorFrame,
  MessageFrame,
  RatedFrame,
  RenamedFrame,
  ServerFrame,
  SuggestionFrame,
} from "./protocol.ts";
import type { Visitor } from "./visitor.ts";

/**
 * Errors about a frame that the server may have been unable to read. Without a `client_message_id` they refer to the
 * only message in flight: nothing else that the client sends is refused as malformed.
 */
const UNREADABLE_ERRORS: ReadonlySet<ErrorCode> = new Set(["invalid_message", "invalid_request", "payload_too_large"]);

/** The parts of the client that frames change. */
export interface FrameTargets {
  /** `null` for a visitor. */
  readonly api: Api | null;
  readonly connection: Connection;
  readonly conversations: OpenConversations;
  readonly events: Emitter<ClientEvents>;
  readonly outbox: Outbox;
  readonly uploadAnswers: Emitter<UploadEvents>;
  /** `null` for a signed-in user. */
  readonly visitor: Visitor | null;
}

export class FrameHandler {
  readonly #api: Api | null;
  readonly #connection: Connection;
  readonly #conversations: OpenConversations;
  readonly #events: Emitter<ClientEvents>;
  readonly #outbox: Outbox;
  readonly #uploadAnswers: Emitter<UploadEvents>;
  readonly #visitor: Visitor | null;

  constructor({ api, connection, conversations, events, outbox, uploadAnswers, visitor }: FrameTargets) {
    this.#api = api;
    this.#connection = connection;
    this.#conversations = conversations;
    this.#events = events;
    this.#outbox = outbox;
    this.#uploadAnswers = uploadAnswers;
    this.#visitor = visitor;
  }

  /** Handle one frame of the server. */
  handle(frame: ServerFrame): void {
    switch (frame.type) {
      case "message":
        return this.#onMessage(frame);
      case "delta":
        return this.#conversations.findBySession(frame.session_id)?.addDelta(frame);
      case "typing":
        return this.#conversations.findBySession(frame.session_id)?.showTyping();
      case "upload":
        return this.#uploadAnswers.emit("answer", frame);
      case "suggestion":
        return this.#onSuggestion(frame);
      case "error":
        return this.#onError(frame);
      case "status":
        switch (frame.status) {
          case "connected":
            return this.#onConnected(frame);
          case "delivered":
            return this.#onDelivered(frame);
          case "resumed":
            this.#conversations.findBySession(frame.session_id)?.handleResumeAnswer(frame);
            return;
          case "stopping":
          case "stopped":
          case "idle":
            return this.#conversations.findBySession(frame.session_id)?.handleStopStatus(frame);
          case "pong":
            return;
          case "archived":
          case "reopened":
          case "deleted":
          case "renamed":
            return this.#onConversationChanged(frame);
          case "rated":
            return this.#onRated(frame);
          default:
            return this.#onSessionEnded(frame.session_id, frame.status);
        }
    }
  }

  #onConnected(frame: ConnectedFrame): void {
    const key = toKey(frame.session_id);
    if (this.#visitor !== null) {
      if (this.#visitor.key !== null && this.#visitor.key !== key) this.#replaceVisitorConversation("expired");
      this.#visitor.onConnected(frame);
    }
    this.#conversations.socketKey = key;
    this.#assignKey(key);
    this.#conversations.find(key)?.setBotName(frame.bot_name);
    this.#connection.markOpen();
    for (const conversation of this.#conversations.all) conversation.catchUp();
    this.#outbox.flush();
  }

  /** Give the conversation without a key its key. If that conversation is open already, it replaces the one without. */
  #assignKey(key: string): void {
    const unnamed = this.#conversations.find(null);
    if (unnamed === undefined) return;
    const messages = this.#outbox.listByConversation(null);
    this.#outbox.moveMessages(null, key);
    const named = this.#conversations.find(key);
    if (named === undefined) return unnamed.setKey(key);
    unnamed.removePending();
    unnamed.close();
    named.addPending(messages);
    this.#events.emit("conversation", named);
  }

  #onMessage(frame: MessageFrame): void {
    const conversation = this.#conversations.findBySession(frame.session_id);
    conversation?.addMessage(frame);
    if (conversation === undefined && frame.client_message_id !== undefined && frame.sender === "user") {
      this.#outbox.acknowledge(frame.client_message_id);
    }
    this.#emitActivity(frame.session_id, frame);
  }

  #onSuggestion(frame: SuggestionFrame): void {
    const conversation = this.#conversations.findBySession(frame.session_id);
    conversation?.setSuggestions(frame);
    if (conversation !== undefined) this.#visitor?.onActivity(conversation);
  }

  #onDelivered(frame: DeliveredFrame): void {
    const id = frame.client_message_id;
    const message = id === undefined ? undefined : this.#outbox.find(id);
    if (id === undefined || message === undefined) return;
    this.#conversations.findBySession(frame.session_id)?.markDelivered(id, frame);
    this.#outbox.acknowledge(id);
    const content = message.isSecret ? SECRET : message.content;
    this.#emitActivity(frame.session_id, { sender: "user", content, timestamp: frame.timestamp });
  }

  #emitActivity(sessionId: string, { sender, content, timestamp }: Omit<Activity, "conversationId">): void {
    const conversation = this.#conversations.findBySession(sessionId);
    if (conversation !== undefined) this.#visitor?.onActivity(conversation);
    this.#events.emit("activity", { conversationId: toConversationId(toKey(sessionId)), sender, content, timestamp });
  }

  #onError(frame: ErrorFrame): void {
    const { error, client_message_id: clientMessageId, message_id: unansweredId } = frame;
    const { session_id: sessionId } = frame;
    const conversation = sessionId === undefined ? undefined : this.#conversations.findBySession(sessionId);
    const retryAfter = frame.retry_after === undefined ? null : frame.retry_after * 1000;
    if (unansweredId !== undefined) return conversation?.markUnanswered(unansweredId);
    if (error === "unauthorized") return this.#onUnauthorized();
    if (frame.client_upload_id !== undefined) return this.#uploadAnswers.emit("answer", frame);
    if (clientMessageId === undefined && conversation?.handleResumeAnswer(frame) === true) return;
    const refusedId = clientMessageId ?? (UNREADABLE_ERRORS.has(error) ? this.#outbox.onlyIdInFlight : null);
    if (refusedId !== null) this.#outbox.handleError(refusedId, { error, retryAfter });
    this.#events.emit("problem", { error, message: shortenMessage(frame.message), retryAfter, operation: "sending" });
  }

  /** Reconnect with a fresh token, because the token has expired while the socket was open. */
  #onUnauthorized(): void {
    this.#api?.invalidateToken();
    if (this.#visitor !== null) this.#replaceVisitorConversation("expired");
    this.#connection.restart();
  }

  #onConversationChanged(frame: ConversationStatusFrame | RenamedFrame): void {
    const { session_id: sessionId, status } = frame;
    if (status === "deleted" && this.#visitor !== null) return this.#onSessionEnded(sessionId, "gone");
    const key = toKey(sessionId);
    if (status === "deleted") {
      this.#outbox.removeConversation(key);
      this.#conversations.find(key)?.end("gone");
    }
    const conversationId = toConversationId(key);
    this.#events.emit(
      "conversationChange",
      status === "renamed"
        ? { conversationId, status, title: frame.title ?? "" }
        : { conversationId, status: status === "reopened" ? "active" : status },
    );
  }

  #onRated({ session_id: sessionId, id, rating }: RatedFrame): void {
    const conversation = this.#conversations.findBySession(sessionId);
    if (conversation === undefined) return;
    conversation.setRating(id, rating);
    this.#visitor?.saveTranscript(conversation);
  }

  #onSessionEnded(sessionId: string, reason: EndReason): void {
    if (this.#visitor === null || this.#visitor.key !== toKey(sessionId)) return;
    const hasUnsentMessages = this.#outbox.messages.some(({ failure }) => failure === undefined);
    this.#connection.close();
    this.#replaceVisitorConversation(reason);
    if (hasUnsentMessages) this.#connection.open();
  }

  /** End the visitor's conversation and open a new one, which takes over the unsent messages. */
  #replaceVisitorConversation(reason: EndReason): void {
    const key = this.#visitor?.key ?? null;
    const old = this.#conversations.find(key);
    this.#visitor?.clear();
    this.#outbox.moveMessages(key, null);
    old?.removePending();
    old?.end(reason);
    this.#conversations.remove(old);
    this.#events.emit("conversation", this.#conversations.create(null));
  }
}
