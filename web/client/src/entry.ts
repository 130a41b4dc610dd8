/**
 * The messages of a conversation as an app shows them.
 *
 * @module
 */

import type { FailureReason } from "./outbox.ts";
import type { Attachment, IncompleteReason, Input, Rating, Sender, Source, Suggestion } from "./protocol.ts";

/** The delivery status of a message. */
export type Delivery = "sending" | "delivered" | "failed";

/** What `messages` has in the place of a secret. */
export const SECRET = "••••••••";

/** A message as an app shows it. Entries are immutable: an update is a new object with the same `key`. */
export interface Entry {
  /** Stable while the conversation is open, also when a message that was sent here becomes a stored one. */
  readonly key: string;
  readonly sender: Sender;
  readonly content: string;
  /** The text to display, if a quick reply's text differs from its value. */
  readonly shown?: string;
  readonly timestamp: string;
  readonly delivery: Delivery;
  readonly attachments?: readonly Attachment[];
  /** Set for stored messages. */
  readonly id?: string;
  /** Set for stored messages. */
  readonly seq?: number;
  readonly clientMessageId?: string;
  /** The content was a secret: it is dots. */
  readonly isSecret?: true;
  /** Why it has failed. */
  readonly reason?: FailureReason;
  /** Its quick replies. */
  readonly suggestions?: readonly Suggestion[];
  /** The bot failed to answer it and will not try again. */
  readonly unanswered?: boolean;
  /** The bot is still writing it: the text grows, begins again, or is dropped, until the stored message replaces it. */
  readonly streaming?: boolean;
  /** Why it is incomplete. */
  readonly finishReason?: IncompleteReason;
  /** The documents that the bot has answered from. */
  readonly sources?: readonly Source[];
  /** How the user has rated it, on any device. */
  readonly rating?: Rating;
  /** The answer that the bot waits for. */
  readonly input?: Input;
}

/** A message that the server has stored. */
export type StoredEntry = Entry & { readonly id: string; readonly seq: number };
