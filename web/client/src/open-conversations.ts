/**
 * The open conversations of a client.
 *
 * @module
 */

import type { ConversationContext } from "./conversation-types.ts";
import { Conversation } from "./conversation.ts";
import { toKey } from "./ids.ts";
import type { Visitor } from "./visitor.ts";

export class OpenConversations {
  readonly #context: ConversationContext;
  readonly #visitor: Visitor | null;
  #conversations: readonly Conversation[] = [];
  /** The conversation that the open socket was opened for; `null` while there is no open socket. */
  socketKey: string | null = null;

  /**
   * @param visitor - `null` for a signed-in user.
   */
  constructor(context: ConversationContext, visitor: Visitor | null) {
    this.#context = context;
    this.#visitor = visitor;
  }

  /** All open conversations, in the order in which they were opened. */
  get all(): readonly Conversation[] {
    return this.#conversations;
  }

  /** The newest conversation that has not ended: the next socket is opened for it. */
  get newestActive(): Conversation | undefined {
    return this.#conversations.findLast(({ status }) => status !== "ended");
  }

  /**
   * Open a conversation; a visitor's one is restored from the storage.
   *
   * @param key - `null` for a conversation that the server has not named yet.
   */
  create(key: string | null): Conversation {
    const conversation = new Conversation(key, this.#context);
    if (this.#visitor !== null) conversation.restore(key === null ? null : this.#visitor.transcript);
    this.#conversations = [...this.#conversations, conversation];
    return conversation;
  }

  remove(conversation: Conversation | undefined): void {
    this.#conversations = this.#conversations.filter((other) => other !== conversation);
  }

  find(key: string | null): Conversation | undefined {
    return this.#conversations.find((conversation) => conversation.key === key && conversation.status !== "ended");
  }

  findBySession(sessionId: string): Conversation | undefined {
    return this.find(toKey(sessionId));
  }
}
