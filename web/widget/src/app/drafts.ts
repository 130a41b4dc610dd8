/**
 * What the user has typed and not sent: it survives a reload, and another conversation in between.
 *
 * @module
 */

import type { ClientStorage } from "../../../client/src/storage.ts";
import type { ChatSession } from "./chat-session.ts";

/** The drafts of the conversations that a view shows. */
export class Drafts {
  readonly #storage: ClientStorage;
  readonly #session: ChatSession;

  constructor(storage: ClientStorage, session: ChatSession) {
    this.#storage = storage;
    this.#session = session;
  }

  get(): string {
    return this.#storage.getItem(this.#name) ?? "";
  }

  keep(text: string): void {
    if (text === "") this.#storage.removeItem(this.#name);
    else this.#storage.setItem(this.#name, text);
  }

  get #name(): string {
    return `draft/${this.#session.draftName}`;
  }
}
