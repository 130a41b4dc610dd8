/**
 * The types of frames and JSON bodies on the wire. The client ignores unknown fields, as the contract requires.
 *
 * @module
 */

/** A quick reply: the label of the button, and the message that it sends. */
export interface Suggestion {
  readonly text: string;
  readonly value: string;
}

/** A reference to a file that is stored elsewhere. */
export interface Attachment {
  readonly name: string;
  readonly content_type: string;
  readonly url: string;
}

/** A file that was uploaded for the message, by its id. */
export interface UploadReference {
  readonly file_id: string;
}

/** A form that uploads a file: `multipart/form-data` with these fields, and then the part `file`. */
export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly expires_at: string;
}

/** A file that can be uploaded now, and then sent with a message. */
export interface StartedUpload {
  readonly file_id: string;
  /** The file as the message will show it. */
  readonly attachment: Attachment;
  readonly upload: UploadForm;
}

/** A file that is to be uploaded. */
export interface UploadRequest {
  readonly name: string;
  readonly content_type: string;
  readonly size: number;
}

export type Sender = "user" | "bot";

/** Why a message of the bot is incomplete. */
export type IncompleteReason = "stopped" | "length" | "content_filter" | "interrupted";

/** What a user thinks of a message of the bot. */
export type Rating = "up" | "down";

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
  readonly finish_reason?: IncompleteReason;
  readonly rating?: Rating;
  readonly input?: Input;
  readonly sources?: readonly Source[];
}

/** A document that the bot has answered from: a file of its knowledge bases, or a web page. */
export interface Source {
  readonly name: string;
  readonly heading?: string;
  readonly page?: number;
  readonly url?: string;
}

/** The answer that a bot waits for. */
export interface Input {
  readonly type: string;
}

/** The error codes of the contract. */
export type ErrorCode =
  | "conflict"
  | "forbidden"
  | "internal"
  | "invalid_message"
  | "invalid_request"
  | "not_found"
  | "payload_too_large"
  | "rate_limited"
  | "unauthorized"
  | "unavailable"
  | "unsupported_media_type";

export interface MessageFrame extends StoredMessage {
  readonly type: "message";
  readonly session_id: string;
  readonly truncated?: true;
}

/** A piece of a message that the bot is generating; `offset` counts UTF-16 code units, as `length` does. */
export interface DeltaFrame {
  readonly type: "delta";
  readonly session_id: string;
  readonly id: string;
  readonly offset: number;
  readonly content: string;
  readonly attempt: number;
}

export interface TypingFrame {
  readonly type: "typing";
  readonly session_id: string;
}

export interface SuggestionFrame {
  readonly type: "suggestion";
  readonly session_id: string;
  readonly suggestions: readonly Suggestion[];
  readonly input?: Input;
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

/** The server's acknowledgement of a stored message. */
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

export interface UploadReadyFrame extends StartedUpload {
  readonly type: "upload";
  readonly session_id: string;
  readonly client_upload_id?: string;
}

export interface ResumedFrame {
  readonly type: "status";
  readonly status: "resumed";
  readonly session_id: string;
  readonly last_seq: number;
  readonly limited?: boolean;
  readonly answering?: boolean;
}

/** What became of a request to stop an answer: it is being stopped, it was stopped, or nothing was running. */
export interface StopStatusFrame {
  readonly type: "status";
  readonly status: "stopping" | "stopped" | "idle";
  readonly session_id: string;
  readonly id?: string;
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

/** The conversation was changed on another device. */
export interface ConversationStatusFrame {
  readonly type: "status";
  readonly status: "archived" | "reopened" | "deleted";
  readonly session_id: string;
}

/** The conversation has another title, or none. */
export interface RenamedFrame {
  readonly type: "status";
  readonly status: "renamed";
  readonly session_id: string;
  readonly title?: string;
}

/** A message of the bot was rated, or its rating was removed. */
export interface RatedFrame {
  readonly type: "status";
  readonly status: "rated";
  readonly session_id: string;
  readonly id: string;
  readonly rating?: Rating;
}

export interface ErrorFrame {
  readonly type: "error";
  readonly error: ErrorCode;
  readonly message: string;
  readonly session_id?: string;
  readonly message_id?: string;
  readonly client_message_id?: string;
  readonly client_upload_id?: string;
  readonly retry_after?: number;
}

/** The server frames that this client supports. */
export type ServerFrame =
  | MessageFrame
  | DeltaFrame
  | TypingFrame
  | SuggestionFrame
  | ConnectedFrame
  | DeliveredFrame
  | UploadReadyFrame
  | ResumedFrame
  | StopStatusFrame
  | PongFrame
  | EndedFrame
  | ConversationStatusFrame
  | RenamedFrame
  | RatedFrame
  | ErrorFrame;

/** The frames that the client sends. */
export type ClientFrame =
  | { readonly type: "ping" }
  | { readonly type: "resume"; readonly session_id: string; readonly after?: string }
  | { readonly type: "stop"; readonly session_id: string; readonly id?: string }
  | { readonly type: "rate"; readonly session_id: string; readonly id: string; readonly rating: Rating | null }
  | ({ readonly type: "upload"; readonly session_id: string; readonly client_upload_id: string } & UploadRequest)
  | {
      readonly type: "message";
      readonly session_id: string;
      readonly content: string;
      readonly client_message_id: string;
      readonly attachments?: readonly (Attachment | UploadReference)[];
    };

/** A bot that the user may talk to: an item of `GET /bots`. */
export interface BotSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly default: boolean;
}

/** A conversation in `GET /conversations` and `GET /conversations/{id}`. */
export interface ConversationSummary {
  readonly id: string;
  readonly bot_id: string;
  readonly bot_name: string;
  readonly last_message: string;
  readonly last_activity: string;
  readonly status: "active" | "archived";
  /** The name that the user has given it; absent without one. */
  readonly title?: string;
}

/** A page of history, oldest message first; `has_more` refers to the direction of the cursor. */
export interface HistoryPage {
  readonly messages: readonly StoredMessage[];
  readonly has_more: boolean;
}

/** A file that a bot has written in a conversation of the user. */
export interface ExportedFile {
  readonly bot_id: string;
  readonly path: string;
  readonly size: number;
  readonly content_type: string;
  readonly written_at: string;
}

/** A task or draft that a bot has created for the user. */
export interface ExportedRow {
  readonly bot_id: string;
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** A page of everything that is stored about the user: a conversation with some of its messages, or memories, files or rows of bots. */
export interface ExportPage {
  readonly conversation?: ConversationSummary;
  readonly messages?: readonly StoredMessage[];
  readonly memories?: readonly { readonly bot_id: string; readonly name: string; readonly value: unknown }[];
  readonly files?: readonly ExportedFile[];
  readonly rows?: readonly ExportedRow[];
  readonly next_cursor?: string | null;
}

/** A page of the list of conversations. */
export interface ConversationPage {
  readonly conversations: readonly ConversationSummary[];
  readonly total: number;
  readonly next_cursor?: string | null;
}

type Fields = Readonly<Record<string, "string" | "number" | "boolean" | "object">>;

const MESSAGE_FIELDS: Fields = {
  session_id: "string",
  id: "string",
  seq: "number",
  sender: "string",
  content: "string",
  timestamp: "string",
};
const SESSION_ONLY: Fields = { session_id: "string" };

/** Required fields of each server frame, by its status or else by its type. */
const REQUIRED_FIELDS: Readonly<Record<string, Fields>> = {
  message: MESSAGE_FIELDS,
  delta: { session_id: "string", id: "string", offset: "number", content: "string", attempt: "number" },
  typing: SESSION_ONLY,
  suggestion: { session_id: "string", suggestions: "object" },
  error: { error: "string", message: "string" },
  connected: { session_id: "string", bot_id: "string", bot_name: "string", anonymous: "boolean" },
  delivered: { session_id: "string", message_id: "string", seq: "number", timestamp: "string" },
  upload: { session_id: "string", file_id: "string", attachment: "object", upload: "object" },
  resumed: { session_id: "string", last_seq: "number" },
  stopping: SESSION_ONLY,
  stopped: SESSION_ONLY,
  idle: SESSION_ONLY,
  pong: {},
  expired: SESSION_ONLY,
  claimed: SESSION_ONLY,
  archived: SESSION_ONLY,
  reopened: SESSION_ONLY,
  deleted: SESSION_ONLY,
  renamed: SESSION_ONLY,
  rated: { session_id: "string", id: "string" },
};

/**
 * Parse a server frame.
 *
 * @param data - The data of a WebSocket message.
 * @returns The frame, or `null` if the frame is invalid or its type is unknown.
 */
export function parseFrame(data: unknown): ServerFrame | null {
  const frame = parseObject(data);
  if (frame === null) return null;
  const name = frame["type"] === "status" ? frame["status"] : frame["type"];
  const fields = typeof name === "string" && Object.hasOwn(REQUIRED_FIELDS, name) ? REQUIRED_FIELDS[name] : undefined;
  if (fields === undefined) return null;
  const isComplete = Object.entries(fields).every(([field, type]) => typeof frame[field] === type);
  return isComplete ? (frame as unknown as ServerFrame) : null;
}

function parseObject(data: unknown): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
