/**
 * A client of the Conversations API of General Bots: nothing lost, nothing doubled, always in order.
 *
 * @module
 */

export { type HistoryCursor, type TokenSource, Api } from "./api.ts";
export {
  type Activity,
  type ClientEvents,
  type ClientOptions,
  type Problem,
  ConversationsClient,
} from "./client.ts";
export type { ConnectionState } from "./connection.ts";
export {
  type ConversationEvents,
  type ConversationStatus,
  type Ending,
  type SendOptions,
  Conversation,
} from "./conversation.ts";
export { ApiError, SignedOutError } from "./errors.ts";
export { Emitter } from "./events.ts";
export type { FailureReason } from "./outbox.ts";
export type { Platform, SocketLike } from "./platform.ts";
export type {
  Attachment,
  BotSummary,
  ConversationPage,
  ConversationSummary,
  ErrorWord,
  HistoryPage,
  Sender,
  StoredMessage,
  Suggestion,
} from "./protocol.ts";
export { type ClientStorage, MemoryStorage } from "./storage.ts";
export type { Delivery, Entry, StoredEntry } from "./timeline.ts";
export type { Timing } from "./timing.ts";
