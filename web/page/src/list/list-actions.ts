/**
 * What a user does with the conversations of the list.
 *
 * @module
 */

import { ApiError } from "../../../client/src/errors.ts";
import type { Chat } from "../chat.ts";
import type { Texts } from "../texts/index.ts";
import { getOpenId } from "../thread.ts";
import type { ToastContent } from "../toast.ts";
import type { Item } from "./conversation-list.ts";
import { Deletions } from "./deletions.ts";

/** Renames, archives, reopens and deletes conversations. */
export class ListActions {
  readonly #chat: Chat;
  readonly #texts: Texts;
  readonly #onChange: () => void;
  readonly #showToast: (content: ToastContent) => void;
  readonly #deletions = new Deletions((id) => void this.#sendDeletion(id));

  constructor(chat: Chat, texts: Texts, onChange: () => void, showToast: (content: ToastContent) => void) {
    this.#chat = chat;
    this.#texts = texts;
    this.#onChange = onChange;
    this.#showToast = showToast;
  }

  /** @param title - Empty for none. */
  async rename({ id }: Item, title: string): Promise<void> {
    await this.#chat.requests.run(async () => {
      await this.#chat.client.api.updateConversation(id, { title: title === "" ? null : title });
      this.#chat.list.setTitle(id, title);
      this.#onChange();
    });
  }

  /** Archive an active conversation, or reopen an archived one. */
  async toggleArchived({ id, status }: Item): Promise<void> {
    const next = status === "archived" ? "active" : "archived";
    await this.#chat.requests.run(async () => {
      await this.#chat.client.api.updateConversation(id, { status: next });
      this.#chat.setStatus(id, next);
    });
  }

  /** Delete a conversation when the time to undo it is over. */
  delete({ id }: Item): void {
    const { list } = this.#chat;
    list.setHidden(id, true);
    this.#deletions.add(id);
    const wasOpen = getOpenId(this.#chat.thread) === id;
    if (wasOpen) this.#chat.openNewest();
    const undo = (): void => {
      if (!this.#deletions.undo(id)) return;
      list.setHidden(id, false);
      if (wasOpen) void this.#chat.open(id);
      this.#onChange();
    };
    this.#showToast({ text: this.#texts.deleted, kind: "success", action: { label: this.#texts.undo, run: undo } });
    this.#onChange();
  }

  /** Send the deletions that could still be undone, because the page is left or the user signs out. */
  flush(): void {
    this.#deletions.flush();
  }

  async #sendDeletion(id: string): Promise<void> {
    const { client, list, requests } = this.#chat;
    const isDeleted = await requests.run(() =>
      client.api.deleteConversation(id).catch((error: unknown) => {
        // Another device was faster.
        if (!(error instanceof ApiError && error.isGone)) throw error;
      }),
    );
    list.setHidden(id, false);
    if (isDeleted) list.remove(id);
    this.#onChange();
  }
}
