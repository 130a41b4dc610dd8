/**
 * A TypeScript client of the Conversations API of General Bots: messages are delivered exactly once and in order.
 *
 * @module
 */

export { type HistoryCursor, type TokenProvider, Api } from "./api.ts";
export type { Activity, BaseClientOptions, ClientEvents, ClientOptions, ConversationChange, Problem } from "./client-types.ts";
export type { BaseClient } from "./base-client.ts";
export { ConversationsClient } from "./client.ts";
export type { ConnectionFailure } from "./connection-failure.ts";
export type { ConnectionState } from "./connection.ts";
export {
  type ConversationListEvents,
  type ConversationListOptions,
  type ConversationListState,
  ConversationList,
} from "./conversation-list.ts";
export type { ConversationEvents, ConversationStatus, EndReason, SendOptions } from "./conversation-types.ts";
export { Conversation } from "./conversation.ts";
export { ApiError, SignedOutError } from "./errors.ts";
export { Emitter } from "./events.ts";
export type { FailureReason } from "./outbox.ts";
export type { Platform, SocketLike, WebSocketClass } from "./platform.ts";
export type {
  Attachment,
  BotSummary,
  ConversationPage,
  ConversationSummary,
  ErrorCode,
  ExportedFile,
  ExportedRow,
  ExportPage,
  HistoryPage,
  IncompleteReason,
  Input,
  Rating,
  Sender,
  StoredMessage,
  Source,
  Suggestion,
  StartedUpload,
  UploadReference,
  UploadRequest,
} from "./protocol.ts";
export { type ClientStorage, MemoryStorage } from "./storage.ts";
export type { Delivery, Entry, StoredEntry } from "./entry.ts";
export type { UploadedFile, UploadOptions, UploadSource } from "./upload.ts";
export type { Timing } from "./timing.ts";
