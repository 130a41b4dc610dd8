/**
 * The contract's shapes on the wire. Fields that are not named here are ignored, as the contract asks of clients.
 *
 * @module
 */

/** A quick reply: what the button says, and what pressing it sends. */
export interface Suggestion {
  readonly text: string;
  readonly value: string;
}

/** A file that lies elsewhere. */
export interface Attachment {
  readonly name: string;
  readonly content_type: string;
  readonly url: string;
}

export type Sender = "user" | "bot";

/** A stored message: an item of a page of history, or the body of a `message` frame. */
export interface StoredMessage {
  readonly id: string;
  readonly seq: number;
  readonly sender: Sender;
  readonly content: string;
  readonly timestamp: string;
  readonly suggestions?: readonly Suggestion[];
  readonly attachments?: readonly Attachment[];
  readonly client_message_id?: string;
}

/** The words of the contract's table of errors, and `internal` for whatever else. */
export type ErrorWord =
  | "conflict"
  | "forbidden"
  | "internal"
  | "invalid_message"
  | "invalid_request"
  | "not_found"
  | "payload_too_large"
  | "rate_limited"
  | "unauthorized"
  | "unavailable";

export interface MessageFrame extends StoredMessage {
  readonly type: "message";
  readonly session_id: string;
}

export interface TypingFrame {
  readonly type: "typing";
  readonly session_id: string;
}

export interface SuggestionFrame {
  readonly type: "suggestion";
  readonly session_id: string;
  readonly suggestions: readonly Suggestion[];
}

export interface ConnectedFrame {
  readonly type: "status";
  readonly status: "connected";
  readonly session_id: string;
  readonly bot_id: string;
  readonly bot_name: string;
  readonly anonymous: boolean;
  readonly session_token?: string;
  readonly expires_in?: number;
}

/** What is known of a message once it is stored. */
export interface Receipt {
  readonly message_id: string;
  readonly seq: number;
  readonly timestamp: string;
}

export interface DeliveredFrame extends Receipt {
  readonly type: "status";
  readonly status: "delivered";
  readonly session_id: string;
  readonly client_message_id?: string;
}

export interface ResumedFrame {
  readonly type: "status";
  readonly status: "resumed";
  readonly session_id: string;
  readonly last_seq: number;
  readonly limited?: boolean;
}

export interface PongFrame {
  readonly type: "status";
  readonly status: "pong";
}

export interface EndedFrame {
  readonly type: "status";
  readonly status: "expired" | "claimed";
  readonly session_id: string;
}

export interface ErrorFrame {
  readonly type: "error";
  readonly error: ErrorWord;
  readonly message: string;
  readonly session_id?: string;
  readonly message_id?: string;
  readonly client_message_id?: string;
  readonly retry_after?: number;
}

/** Everything a server says that this client understands. */
export type ServerFrame =
  | MessageFrame
  | TypingFrame
  | SuggestionFrame
  | ConnectedFrame
  | DeliveredFrame
  | ResumedFrame
  | PongFrame
  | EndedFrame
  | ErrorFrame;

/** What a client says. */
export type ClientFrame =
  | { readonly type: "ping" }
  | { readonly type: "resume"; readonly session_id: string; readonly after?: string }
  | {
      readonly type: "message";
      readonly session_id: string;
      readonly content: string;
      readonly client_message_id: string;
      readonly attachments?: readonly Attachment[];
    };

/** A bot the user may talk to, as `GET /bots` lists it. */
export interface BotSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly default: boolean;
}

/** A conversation, as the list and `GET /conversations/{id}` give it. */
export interface ConversationSummary {
  readonly id: string;
  readonly bot_id: string;
  readonly bot_name: string;
  readonly last_message: string;
  readonly last_activity: string;
  readonly status: "active" | "archived";
}

/** A page of history, oldest first; `has_more` speaks of the direction of travel. */
export interface HistoryPage {
  readonly messages: readonly StoredMessage[];
  readonly has_more: boolean;
}

/** A page of the list of conversations. */
export interface ConversationPage {
  readonly conversations: readonly ConversationSummary[];
  readonly total: number;
  readonly next_cursor?: string | null;
}

type Shape = Readonly<Record<string, "string" | "number" | "boolean" | "object">>;

const MESSAGE: Shape = {
  session_id: "string",
  id: "string",
  seq: "number",
  sender: "string",
  content: "string",
  timestamp: "string",
};
const IN_SESSION: Shape = { session_id: "string" };

/** What a frame must have before it is believed, by its status or else its type. */
const SHAPES: Readonly<Record<string, Shape>> = {
  message: MESSAGE,
  typing: IN_SESSION,
  suggestion: { session_id: "string", suggestions: "object" },
  error: { error: "string", message: "string" },
  connected: { session_id: "string", bot_id: "string", bot_name: "string", anonymous: "boolean" },
  delivered: { session_id: "string", message_id: "string", seq: "number", timestamp: "string" },
  resumed: { session_id: "string", last_seq: "number" },
  pong: {},
  expired: IN_SESSION,
  claimed: IN_SESSION,
};

/**
 * Read one frame.
 *
 * @param data - What the socket gave.
 * @returns The frame, or `null` for whatever a newer server may say that this client does not know.
 */
export function parseFrame(data: unknown): ServerFrame | null {
  const frame = parseObject(data);
  if (frame === null) return null;
  const name = frame["type"] === "status" ? frame["status"] : frame["type"];
  const shape = typeof name === "string" && Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
  if (shape === undefined) return null;
  const complete = Object.entries(shape).every(([field, type]) => typeof frame[field] === type);
  return complete ? (frame as unknown as ServerFrame) : null;
}

function parseObject(data: unknown): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
