// @ts-check
/** @import { ConversationsClient } from "../client/dist/index.js" */
import { ApiError } from "../client/dist/index.js";
import { Inbox } from "./inbox.js";

const PAGE_SIZE = "50";
const RELOAD_DELAY_MS = 1_000;
const RETRY_DELAY_MS = 5_000;

/** Loads the pages of a user's list of conversations. */
export class InboxLoader {
  inbox = new Inbox();
  #client;
  #onChange;
  #reportErrors;
  #reloadTimer = 0;
  #isStopped = false;

  /**
   * @param {ConversationsClient} client
   * @param {() => void} onChange
   * @param {(action: () => Promise<void>) => Promise<void>} reportErrors Runs a request and shows its error, if any.
   */
  constructor(client, onChange, reportErrors) {
    this.#client = client;
    this.#onChange = onChange;
    this.#reportErrors = reportErrors;
  }

  /** @returns {Promise<number>} Milliseconds after which to retry; 0 if the list was loaded. */
  async load() {
    let retryDelay = RETRY_DELAY_MS;
    await this.#reportErrors(async () => {
      const page = await this.#client.api.listConversations({ limit: PAGE_SIZE }).catch((error) => {
        if (error instanceof ApiError && error.retryAfter) retryDelay = error.retryAfter;
        throw error;
      });
      this.inbox.mergeFirstPage(page);
      this.#onChange();
      retryDelay = 0;
    });
    return retryDelay;
  }

  async loadMore() {
    await this.#reportErrors(async () => {
      const count = this.inbox.items.length;
      // A page can consist of conversations that are in the list because they were active.
      while (this.inbox.cursor !== null && this.inbox.items.length === count) {
        const query = { limit: PAGE_SIZE, cursor: this.inbox.cursor };
        this.inbox.addPage(await this.#client.api.listConversations(query));
      }
      this.#onChange();
    });
  }

  /**
   * Load a conversation that is not in the loaded part of the list, or whose status may have changed. If that fails, the
   * list stays as it is.
   *
   * @param {string} id
   */
  async loadItem(id) {
    const item = await this.#client.api.getConversation(id).catch(() => null);
    if (item === null) return;
    this.inbox.merge(item);
    this.#onChange();
  }

  /**
   * Reload the first page once, however many messages of unknown conversations arrive, and again until it succeeds.
   *
   * @param {number} [delay] In milliseconds.
   */
  scheduleReload(delay = RELOAD_DELAY_MS) {
    if (this.#reloadTimer || this.#isStopped) return;
    this.#reloadTimer = setTimeout(async () => {
      this.#reloadTimer = 0;
      const retryDelay = await this.load();
      if (retryDelay) this.scheduleReload(retryDelay);
    }, delay);
  }

  stop() {
    clearTimeout(this.#reloadTimer);
    this.#isStopped = true;
  }
}
