/**
 * An open conversation.
 *
 * @module
 */

import { AnswerStatus } from "./answer-status.ts";
import { CatchUp, PAGE_SIZE } from "./catch-up.ts";
import type {
  ConversationContext,
  ConversationEvents,
  ConversationStatus,
  EndReason,
  SendOptions,
} from "./conversation-types.ts";
import type { Entry, StoredEntry } from "./entry.ts";
import { ApiError, NO_ANSWER } from "./errors.ts";
import { Emitter } from "./events.ts";
import { toConversationId, toSessionId } from "./ids.ts";
import { omitUndefined } from "./omit-undefined.ts";
import type { OutboxMessage } from "./outbox.ts";
import type {
  ClientFrame,
  DeltaFrame,
  ErrorFrame,
  HistoryPage,
  Input,
  Rating,
  Receipt,
  ResumedFrame,
  StopStatusFrame,
  StoredMessage,
  SuggestionFrame,
  Suggestion,
} from "./protocol.ts";
import { Timeline } from "./timeline.ts";
import type { UploadedFile, UploadOptions, UploadSource, UploadTools } from "./upload.ts";
import type { Transcript } from "./visitor.ts";
import { toWellFormed } from "./well-formed.ts";

type WithoutSession<Frame> = Frame extends { readonly session_id: string } ? Omit<Frame, "session_id"> : never;
type ConversationFrame = WithoutSession<ClientFrame>;

export class Conversation extends Emitter<ConversationEvents> {
  readonly #context: ConversationContext;
  readonly #timeline = new Timeline();
  readonly #catchUp: CatchUp;
  readonly #answerStatus: AnswerStatus;
  #key: string | null;
  #botName = "";
  #status: ConversationStatus = "syncing";
  #endReason: EndReason | null = null;
  #emittedSuggestions = this.#timeline.suggestions;

  /** @internal */
  constructor(key: string | null, context: ConversationContext) {
    super();
    const { api, outbox, platform, timing } = context;
    this.#key = key;
    this.#context = context;
    this.#answerStatus = new AnswerStatus(
      this.#timeline.answer,
      {
        sendStop: (id) => this.#sendStop(id),
        onTypingChange: (typing) => this.#onTypingChange(typing),
        onEndMissed: () => this.catchUp(),
        onDropped: () => this.#emitChange(),
      },
      platform,
      timing,
    );
    this.#catchUp = new CatchUp(
      this.#timeline,
      {
        sendResume: (after) => this.#sendResume(after),
        fetchHistory: api === null ? null : (cursor, limit) => this.#fetchHistory(cursor, limit),
        onCaughtUp: () => this.#onCaughtUp(),
        onGone: () => this.end("gone"),
        onDelayed: (error) => context.onDelayed(error),
      },
      platform,
      timing,
    );
    for (const message of outbox.listByConversation(key)) this.#timeline.addPending(message);
  }

  /** The id for REST; `null` until the server has assigned it. */
  get id(): string | null {
    return this.#key === null ? null : toConversationId(this.#key);
  }

  /** @internal */
  get key(): string | null {
    return this.#key;
  }

  /** The name of the bot; empty until it is known. */
  get botName(): string {
    return this.#botName;
  }

  /**
   * All messages in order, each once, with those being sent and the one that the bot is writing. The array is a new one
   * after every change.
   */
  get messages(): readonly Entry[] {
    return this.#timeline.entries;
  }

  /** The quick replies to the last message of the bot. */
  get suggestions(): readonly Suggestion[] {
    return this.#timeline.suggestions;
  }

  /** The answer that the bot waits for. */
  get input(): Input | undefined {
    return this.#timeline.input;
  }

  get typing(): boolean {
    return this.#answerStatus.isTyping;
  }

  /** Whether the bot is answering: typing, or writing a message that is in `messages` already. */
  get answering(): boolean {
    return this.#answerStatus.isAnswering;
  }

  /** Whether the answer is being stopped, by this device or another one. */
  get stopping(): boolean {
    return this.#answerStatus.isStopping;
  }

  get status(): ConversationStatus {
    return this.#status;
  }

  /** Why the conversation has ended; `null` before that. */
  get endReason(): EndReason | null {
    return this.#endReason;
  }

  /** Whether {@link loadEarlier} can load more messages. */
  get hasEarlier(): boolean {
    return this.#context.api !== null && (this.#timeline.stored[0]?.seq ?? 1) > 1;
  }

  /**
   * Send a message. It is in `messages` at once and is sent until the server acknowledges it, over reconnects and
   * reloads.
   *
   * @param content - 1 to 8,000 characters. Half of a surrogate pair, which no server can store, becomes U+FFFD.
   * @returns The entry, with the `clientMessageId` of the message.
   * @throws Error if the conversation has ended.
   */
  send(content: string, options: SendOptions = {}): Entry {
    if (this.#status === "ended") throw new Error("This conversation has ended.");
    const { platform, outbox } = this.#context;
    const after = this.#timeline.position;
    const message = toWellFormed({
      clientMessageId: platform.uuid(),
      conversation: this.#key,
      content,
      timestamp: new Date(platform.now()).toISOString(),
      ...options,
      ...(after !== undefined && { after }),
    });
    const entry = this.#timeline.addPending(message);
    this.#emitChange();
    outbox.add(message);
    return entry;
  }

  /**
   * Upload a file, which {@link send} then sends: `conversation.send(text, { files: [await conversation.upload(file)] })`.
   * Failures of the network are retried.
   *
   * @throws `ApiError` if the server refuses the file or cannot be reached, `SignedOutError`, or the reason of the signal.
   */
  async upload(file: UploadSource, options: UploadOptions = {}): Promise<UploadedFile> {
    const createError: UploadTools["createError"] = (status, error, message = NO_ANSWER, retryAfter = null) =>
      new ApiError(status, error, message, retryAfter);
    if (this.#key === null) throw createError(0, "unavailable");
    const { uploadFile } = await import("./upload.ts");
    const ids = { conversationId: toConversationId(this.#key), sessionId: toSessionId(this.#key) };
    return uploadFile({ ...ids, context: this.#context, createError }, file, options);
  }

  /** Send a failed message again under the same id, so that the server cannot store it twice. */
  retry(clientMessageId: string): void {
    const message = this.#context.outbox.find(clientMessageId);
    if (message?.failure === undefined) return;
    if (message.failure === "stale") return this.#sendAsNew(message);
    this.#timeline.markSending(clientMessageId);
    this.#emitChange();
    this.#context.outbox.retry(clientMessageId);
  }

  /** Stop the answer that the bot is writing. What it has written stays, marked with its `finishReason`. */
  stop(): void {
    this.#answerStatus.stop();
    this.#emitChange();
  }

  /**
   * Rate a message of the bot; `null` removes the rating. `messages` has the rating when the server has stored it.
   *
   * @throws `ApiError` | `SignedOutError`, or Error if a visitor is not connected.
   */
  async rate(messageId: string, rating: Rating | null): Promise<void> {
    const { api } = this.#context;
    if (api !== null) {
      await api.rateMessage(this.id ?? "", messageId, rating);
      this.setRating(messageId, rating ?? undefined);
    } else if (!this.#sendFrame({ type: "rate", id: messageId, rating })) throw new Error(NO_ANSWER);
  }

  /**
   * Give the user's conversation a title; an empty one removes it. The `conversationChange` event of the client
   * reports it, on all devices. Conversations of visitors have no title.
   *
   * @throws `ApiError` | `SignedOutError`
   */
  async rename(title: string): Promise<void> {
    await this.#context.api?.updateConversation(this.id ?? "", { title });
  }

  /** Remove a message that was not sent. */
  discard(clientMessageId: string): void {
    this.#timeline.removePending(clientMessageId);
    this.#emitChange();
    this.#context.outbox.remove(clientMessageId);
  }

  /**
   * Load the page of history before the first message.
   *
   * @returns Whether there are more pages.
   */
  async loadEarlier(): Promise<boolean> {
    const before = this.#timeline.stored[0]?.id;
    if (before !== undefined && this.hasEarlier) await this.#fetchHistory({ before }, PAGE_SIZE);
    return this.hasEarlier;
  }

  /** Stop following the conversation. Messages in the outbox are still sent. */
  close(): void {
    this.#catchUp.stop();
    this.#answerStatus.end();
    this.#context.onClose(this);
  }

  // -- called by the client -----------------------------------------------------------------------------------------

  /** @internal Restore a visitor's conversation after a reload; `null` for a new one. */
  restore(transcript: Transcript | null): void {
    this.#timeline.setFirstExpectedSeq(transcript?.beginsAt ?? 1);
    this.#botName = transcript?.botName ?? "";
    for (const message of transcript?.messages ?? []) this.addMessage(message);
  }

  /** @internal Set the key that the server has assigned. */
  setKey(key: string): void {
    this.#key = key;
    this.#emitChange();
  }

  /** @internal */
  setBotName(botName: string): void {
    this.#botName = botName;
    this.#emitChange();
  }

  /** @internal Fetch missing messages, after the socket or the conversation was opened. */
  catchUp(): void {
    if (this.#status !== "ended") this.#catchUp.start();
  }

  /** @internal */
  onDisconnected(): void {
    this.#catchUp.stop();
    this.#answerStatus.onDisconnected();
    if (this.#status === "live") this.#setStatus("syncing");
  }

  /** @internal Add a message from a live frame, a replay, history or the visitor's transcript. */
  addMessage(message: StoredMessage): void {
    const { outbox } = this.#context;
    const { answer } = this.#timeline;
    const written = answer.messages;
    const entry = this.#timeline.add(message);
    const sent = message.sender === "user" ? outbox.find(message.client_message_id ?? "") : undefined;
    // Not for a page of earlier messages.
    if (message.sender === "bot" && message.seq === this.#timeline.lastSeq) {
      this.#answerStatus.onMessage(answer.messages !== written);
    }
    if (entry !== null) this.emit("message", entry);
    if (sent !== undefined) {
      if (entry !== null) this.emit("delivered", entry);
      outbox.acknowledge(sent.clientMessageId);
    }
    this.#catchUp.checkForGap();
    this.#emitChange();
  }

  /** @internal */
  markDelivered(clientMessageId: string, receipt: Receipt): void {
    const entry = this.#timeline.markDelivered(clientMessageId, receipt);
    if (entry === null) return;
    this.emit("delivered", entry);
    this.#catchUp.checkForGap();
    this.#emitChange();
  }

  /** @internal */
  markFailed(clientMessageId: string, reason: NonNullable<Entry["reason"]>): void {
    const entry = this.#timeline.markFailed(clientMessageId, reason);
    if (entry === null) return;
    this.emit("failed", entry);
    this.#emitChange();
  }

  /** @internal */
  markUnanswered(messageId: string): void {
    this.#answerStatus.end();
    const entry = this.#timeline.markUnanswered(messageId);
    if (entry !== null) this.emit("unanswered", entry);
    this.#emitChange();
  }

  /** @internal */
  showTyping(): void {
    this.#answerStatus.onTyping();
  }

  /** @internal Add a piece of the message that the bot is writing. */
  addDelta(delta: DeltaFrame): void {
    this.#answerStatus.onDelta();
    const timestamp = new Date(this.#context.platform.now()).toISOString();
    if (this.#timeline.addDelta(delta, timestamp)) this.#emitChange();
  }

  /** @internal */
  handleStopStatus(frame: StopStatusFrame): void {
    this.#answerStatus.onStopStatus(frame);
    this.#emitChange();
  }

  /** @internal */
  setSuggestions({ suggestions, input }: Pick<SuggestionFrame, "suggestions" | "input">): void {
    this.#timeline.setSuggestions(suggestions, input);
    this.#emitChange();
  }

  /** @internal */
  setRating(messageId: string, rating: Rating | undefined): void {
    this.#timeline.setRating(messageId, rating);
    this.#emitChange();
  }

  /** @internal Return whether a `resume` was waiting for this answer. */
  handleResumeAnswer(answer: ResumedFrame | ErrorFrame): boolean {
    if (answer.type === "status") this.#answerStatus.onResumed(answer.answering === true);
    return this.#catchUp.handleAnswer(answer);
  }

  /** @internal */
  end(reason: EndReason): void {
    if (this.#status === "ended") return;
    this.#endReason = reason;
    this.#catchUp.stop();
    this.#answerStatus.end();
    this.#timeline.setSuggestions([]);
    if (reason === "gone") this.#context.outbox.removeConversation(this.#key);
    this.#setStatus("ended");
  }

  /** @internal */
  get stored(): readonly StoredEntry[] {
    return this.#timeline.stored;
  }

  /** @internal Take over the pending messages of the conversation that this one replaces. */
  addPending(messages: readonly OutboxMessage[]): void {
    for (const message of messages) this.#timeline.addPending(message);
    this.#emitChange();
  }

  /** @internal Remove the pending messages, because another conversation replaces this one and takes them over. */
  removePending(): void {
    for (const { delivery, clientMessageId } of this.#timeline.entries) {
      if (delivery !== "delivered" && clientMessageId !== undefined) this.#timeline.removePending(clientMessageId);
    }
    this.#emitChange();
  }

  // -- requests and changes -----------------------------------------------------------------------------------------

  /** Send a frame about this conversation. Return whether there is a connection. */
  #sendFrame(frame: ConversationFrame): boolean {
    if (this.#key === null) return false;
    return this.#context.sendFrame({ ...frame, session_id: toSessionId(this.#key) });
  }

  #sendResume(after: string | undefined): boolean {
    return this.#sendFrame({ type: "resume", ...(after !== undefined && { after }) });
  }

  #sendStop(id: string | undefined): void {
    this.#sendFrame({ type: "stop", ...(id !== undefined && { id }) });
  }

  async #fetchHistory(cursor: { before?: string; after?: string }, limit: number): Promise<HistoryPage> {
    const { api } = this.#context;
    if (api === null || this.id === null) return { messages: [], has_more: false };
    const page = await api.getHistory(this.id, limit, cursor);
    for (const message of page.messages) this.addMessage(message);
    return page;
  }

  /** Send a stale message under a new id: the server may have forgotten the old one. */
  #sendAsNew({ clientMessageId, content, shown, attachments, files, isSecret }: OutboxMessage): void {
    this.discard(clientMessageId);
    this.send(content, omitUndefined({ shown, attachments, files, isSecret }));
  }

  #onCaughtUp(): void {
    this.#timeline.settlePending();
    this.#context.outbox.setMissingPositions(this.#key, this.#timeline.lastSeq);
    this.#setStatus(this.#context.isConnected() ? "live" : "syncing");
    this.#emitChange();
  }

  #onTypingChange(typing: boolean): void {
    this.emit("typing", typing);
    this.#emitChange();
  }

  #setStatus(status: ConversationStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.emit("status", status);
    this.#emitChange();
  }

  #emitChange(): void {
    const { suggestions } = this;
    if (suggestions !== this.#emittedSuggestions) this.emit("suggestions", suggestions);
    this.#emittedSuggestions = suggestions;
    this.emit("change", this);
  }
}
