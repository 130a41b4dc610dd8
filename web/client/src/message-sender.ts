/**
 * Sending messages over the WebSocket or REST.
 *
 * @module
 */

import type { Api } from "./api.ts";
import { ApiError } from "./errors.ts";
import { toConversationId, toSessionId } from "./ids.ts";
import type { OutboxMessage, SendError } from "./outbox.ts";
import type { ClientFrame, DeliveredFrame } from "./protocol.ts";

export interface MessageSenderHandlers {
  isConnected(): boolean;
  sendFrame(frame: ClientFrame): boolean;
  onDelivered(frame: DeliveredFrame): void;
  onError(clientMessageId: string, error: SendError): void;
}

/** API Gateway's maximum frame size, in bytes; it closes the socket after a larger one. */
const MAX_FRAME_BYTES = 32 * 1024;

/** Sends a message as a frame, or over REST if it is too large for one: REST accepts 128 KB. */
export class MessageSender {
  readonly #api: Api | null;
  readonly #handlers: MessageSenderHandlers;

  /**
   * @param api - `null` for visitors, who have no access to REST.
   */
  constructor(api: Api | null, handlers: MessageSenderHandlers) {
    this.#api = api;
    this.#handlers = handlers;
  }

  /** @returns Whether the message was sent. */
  send(message: OutboxMessage): boolean {
    const { conversation: key, content, clientMessageId } = message;
    if (key === null || !this.#handlers.isConnected()) return false;
    const references = (message.files ?? []).map(({ fileId }) => ({ file_id: fileId }));
    const attachments = [...(message.attachments ?? []), ...references];
    const body = { content, client_message_id: clientMessageId, ...(attachments.length > 0 && { attachments }) };
    const frame = { type: "message", session_id: toSessionId(key), ...body } as const;
    if (countBytes(frame) <= MAX_FRAME_BYTES) return this.#handlers.sendFrame(frame);
    void this.#post(key, body);
    return true;
  }

  async #post(key: string, body: Parameters<Api["sendMessage"]>[1]): Promise<void> {
    const id = body.client_message_id;
    try {
      if (this.#api === null) throw new ApiError(413, "payload_too_large", "The message is too large.", null);
      const receipt = await this.#api.sendMessage(toConversationId(key), body);
      const ids = { session_id: toSessionId(key), client_message_id: id };
      this.#handlers.onDelivered({ type: "status", status: "delivered", ...ids, ...receipt });
    } catch (error) {
      const networkError = { error: "unavailable", retryAfter: null } as const;
      this.#handlers.onError(id, error instanceof ApiError ? error : networkError);
    }
  }
}

function countBytes(frame: ClientFrame): number {
  return new TextEncoder().encode(JSON.stringify(frame)).length;
}
