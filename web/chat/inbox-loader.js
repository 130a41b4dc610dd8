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
      this.inbox.setFirstPage(page);
      this.#onChange();
      retryDelay = 0;
    });
    return retryDelay;
  }

  async loadMore() {
    await this.#reportErrors(async () => {
      this.inbox.addPage(
        await this.#client.api.listConversations({ limit: PAGE_SIZE, ...this.inbox.nextPageQuery }),
      );
      this.#onChange();
    });
  }

  /** Reload once, however many messages of unknown conversations arrive. */
  scheduleReload() {
    if (this.#reloadTimer) return;
    this.#reloadTimer = setTimeout(() => {
      this.#reloadTimer = 0;
      void this.load();
    }, RELOAD_DELAY_MS);
  }

  stop() {
    clearTimeout(this.#reloadTimer);
    this.#reloadTimer = 0;
  }
}
