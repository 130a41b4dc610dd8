/**
 * Claiming: a user who signs in takes over the conversation that they started as a visitor.
 *
 * @module
 */

import type { Api } from "./api.ts";
import { ApiError } from "./errors.ts";
import { toKey } from "./ids.ts";
import { type OutboxMessage, clearStoredMessages, readStoredMessages } from "./outbox.ts";
import type { Platform } from "./platform.ts";
import type { Store } from "./storage.ts";
import { Visitor } from "./visitor.ts";

/** A conversation that now belongs to the user. */
export interface ClaimedConversation {
  readonly id: string;
  /** The messages of the visitor's outbox that the server does not have yet. */
  readonly unsentMessages: readonly OutboxMessage[];
}

/** The visitor's data in the storage. */
export class VisitorClaim {
  readonly #api: Api;
  readonly #store: Store;
  readonly #visitor: Visitor;

  constructor(api: Api, visitorStore: Store, platform: Platform) {
    this.#api = api;
    this.#store = visitorStore;
    this.#visitor = new Visitor(visitorStore, platform);
  }

  /**
   * Claim the visitor's conversation. Idempotent until `clear` is called.
   *
   * @returns `null` if the visitor has no conversation, or it has expired.
   */
  async claim(): Promise<ClaimedConversation | null> {
    const id = this.#visitor.token === null ? null : await this.#claimConversation(this.#visitor.token);
    if (id === null) return null;
    // The server may have stored messages without an acknowledgement; these must not be sent again.
    const { messages } = await this.#api.getHistory(id, 100);
    const storedIds = new Set(messages.map((message) => message.client_message_id));
    const unsentMessages = readStoredMessages(this.#store)
      .filter(({ clientMessageId }) => !storedIds.has(clientMessageId))
      .map((message) => ({ ...message, conversation: toKey(id) }));
    return { id, unsentMessages };
  }

  /** Delete the visitor's data. */
  clear(): void {
    clearStoredMessages(this.#store);
    this.#visitor.clear();
  }

  async #claimConversation(token: string): Promise<string | null> {
    try {
      return (await this.#api.claimConversation(token)).id;
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) return null;
      throw error;
    }
  }
}
