/**
 * The types of a conversation.
 *
 * @module
 */

import type { Api } from "./api.ts";
import type { Conversation } from "./conversation.ts";
import type { Outbox } from "./outbox.ts";
import type { Platform } from "./platform.ts";
import type { Attachment, ClientFrame, Suggestion } from "./protocol.ts";
import type { Entry, StoredEntry } from "./entry.ts";
import type { Emitter } from "./events.ts";
import type { Timing } from "./timing.ts";
import type { UploadAnswer, UploadedFile } from "./upload.ts";

/**
 * - `syncing`: the conversation is being loaded or the connection is lost, so messages may be missing.
 * - `live`: all messages are here, and new ones arrive as they are sent.
 * - `ended`: there will be no more messages; `endReason` says why.
 */
export type ConversationStatus = "syncing" | "live" | "ended";

/**
 * - `expired`: the visitor's session has expired.
 * - `claimed`: a user has claimed the visitor's conversation.
 * - `gone`: it was deleted or belongs to another user.
 */
export type EndReason = "expired" | "claimed" | "gone";

/** The events of a conversation. */
export interface ConversationEvents {
  /** Anything has changed: for apps that render the entire conversation each time. */
  change: Conversation;
  /** A new message of the bot, or of the user on any device. */
  message: StoredEntry;
  /** The server has stored a message that was sent here and queued it for the bot. */
  delivered: StoredEntry;
  /** A message that was sent here has failed; `entry.reason` says why. */
  failed: Entry;
  /** The bot failed to answer this message and will not try again. The conversation continues. */
  unanswered: StoredEntry;
  /** The bot has started or stopped typing. */
  typing: boolean;
  /** The quick replies have changed; there are none after the user has answered. */
  suggestions: readonly Suggestion[];
  status: ConversationStatus;
}

export interface SendOptions {
  /** The text to display, if a quick reply's text differs from its value. */
  readonly shown?: string;
  /** Links to files in other places. */
  readonly attachments?: readonly Attachment[];
  /** Files that `upload` has uploaded for this conversation. */
  readonly files?: readonly UploadedFile[];
  /**
   * Whether the content is a secret, for example a password. The browser does not store it, so it is lost if the page
   * is left before it is delivered, and `messages` has dots in its place.
   */
  readonly isSecret?: true;
}

/** The events of the uploads of a client. */
export interface UploadEvents {
  answer: UploadAnswer;
}

/** The parts of the client that its conversations use. */
export interface ConversationContext {
  readonly outbox: Outbox;
  readonly platform: Platform;
  readonly timing: Timing;
  /** `null` for visitors, who have no access to REST. */
  readonly api: Api | null;
  isConnected(): boolean;
  sendFrame(frame: ClientFrame): boolean;
  readonly uploadAnswers: Emitter<UploadEvents>;
  onDelayed(error: unknown): void;
  onClose(conversation: Conversation): void;
}
