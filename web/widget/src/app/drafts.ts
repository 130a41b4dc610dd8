/**
 * What the user has typed and not sent: it survives a reload, and another conversation in between.
 *
 * @module
 */

import type { Conversation } from "../../../client/src/conversation.ts";
import type { ClientStorage } from "../../../client/src/storage.ts";

/** The drafts of all conversations. */
export class Drafts {
  readonly #storage: ClientStorage;

  constructor(storage: ClientStorage) {
    this.#storage = storage;
  }

  get(conversation: Conversation): string {
    return this.#storage.getItem(getName(conversation)) ?? "";
  }

  keep(conversation: Conversation, text: string): void {
    if (text === "") this.#storage.removeItem(getName(conversation));
    else this.#storage.setItem(getName(conversation), text);
  }
}

const getName = ({ id }: Conversation): string => `draft/${id ?? ""}`;
