/**
 * Loads the pages of a user's list of conversations.
 *
 * @module
 */

import type { ConversationsClient } from "../../../client/src/client.ts";
import { ApiError } from "../../../client/src/errors.ts";
import { ConversationList } from "./conversation-list.ts";

const PAGE_SIZE = "50";
const RELOAD_DELAY_MS = 1_000;
const RETRY_DELAY_MS = 5_000;
/** Matches after which a search loads no more pages. */
const ENOUGH_MATCHES = 20;

/** Runs a request and shows its error, if any. */
type RunRequest = (action: () => Promise<void>) => Promise<void>;

export class ListLoader {
  readonly list = new ConversationList();
  readonly #client: ConversationsClient;
  readonly #onChange: () => void;
  readonly #run: RunRequest;
  #reloadTimer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  #search = "";
  #isSearching = false;
  #isLoadingMore = false;

  constructor(client: ConversationsClient, onChange: () => void, run: RunRequest) {
    this.#client = client;
    this.#onChange = onChange;
    this.#run = run;
  }

  /**
   * Load the first page.
   *
   * @returns Milliseconds after which to retry; 0 if it was loaded.
   */
  async load(): Promise<number> {
    let retryDelay = RETRY_DELAY_MS;
    await this.#run(async () => {
      const page = await this.#client.api.listConversations({ limit: PAGE_SIZE }).catch((error: unknown) => {
        if (error instanceof ApiError && error.retryAfter !== null) retryDelay = error.retryAfter;
        throw error;
      });
      this.list.mergeFirstPage(page);
      this.#onChange();
      retryDelay = 0;
    });
    return retryDelay;
  }

  async loadMore(): Promise<void> {
    if (this.isLoading) return;
    this.#isLoadingMore = true;
    this.#onChange();
    await this.#run(async () => {
      const count = this.list.items.length;
      // A page can consist of conversations that are in the list because they were active.
      while (this.list.cursor !== null && this.list.items.length === count) await this.#loadPage();
    });
    this.#isLoadingMore = false;
    this.#onChange();
  }

  /** Load pages until there are enough conversations that contain a text. */
  async search(text: string): Promise<void> {
    this.#search = text;
    if (this.#isSearching || text.trim() === "") return;
    this.#isSearching = true;
    await this.#run(async () => {
      while (this.list.cursor !== null && !this.#isStopped && this.#needsMatches()) {
        await this.#loadPage();
        this.#onChange();
      }
    });
    this.#isSearching = false;
    this.#onChange();
  }

  /** Whether later pages are being loaded. */
  get isLoading(): boolean {
    return this.#isSearching || this.#isLoadingMore;
  }

  /**
   * Load a conversation that is not in the loaded part of the list, or whose status may have changed. If that fails, the
   * list stays as it is.
   */
  async loadItem(id: string): Promise<void> {
    const item = await this.#client.api.getConversation(id).catch(() => null);
    if (item === null) return;
    this.list.merge(item);
    this.#onChange();
  }

  /** Reload the first page once, however many messages of unknown conversations arrive, and again until it succeeds. */
  scheduleReload(delay = RELOAD_DELAY_MS): void {
    if (this.#reloadTimer !== undefined || this.#isStopped) return;
    this.#reloadTimer = setTimeout(async () => {
      this.#reloadTimer = undefined;
      const retryDelay = await this.load();
      if (retryDelay > 0) this.scheduleReload(retryDelay);
    }, delay);
  }

  stop(): void {
    clearTimeout(this.#reloadTimer);
    this.#isStopped = true;
  }

  #needsMatches(): boolean {
    return this.#search.trim() !== "" && this.list.search(this.#search).length < ENOUGH_MATCHES;
  }

  async #loadPage(): Promise<void> {
    const { cursor } = this.list;
    if (cursor !== null) this.list.addPage(await this.#client.api.listConversations({ limit: PAGE_SIZE, cursor }));
  }
}
