/**
 * The user's list of conversations, kept up to date.
 *
 * @module
 */

import type { Activity, ConversationChange } from "./client-types.ts";
import type { ConversationsClient } from "./client.ts";
import { ApiError, SignedOutError } from "./errors.ts";
import { Emitter } from "./events.ts";
import type { ConversationPage, ConversationSummary } from "./protocol.ts";
import { Summaries } from "./summaries.ts";

/** The default of the API's own pages is smaller. */
const PAGE_SIZE = 50;
/** Until a failed request is repeated, if the server does not say when. */
const RETRY_DELAY_MS = 5_000;

export interface ConversationListOptions {
  /** Only conversations with this status. */
  readonly status?: ConversationSummary["status"];
  /** Only conversations with this bot. */
  readonly botId?: string;
  /** 1 to 100; 50 if it is omitted. */
  readonly pageSize?: number;
}

/** What an app shows of the list. The object is a new one after every change. */
export interface ConversationListState {
  /** The loaded conversations, latest activity first. */
  readonly conversations: readonly ConversationSummary[];
  /** Whether the first page was loaded. */
  readonly isLoaded: boolean;
  /** Whether a page is being loaded. */
  readonly isLoading: boolean;
  /** Whether there are more pages. */
  readonly hasMore: boolean;
  /** Why the last page was not loaded; `null` if it was. */
  readonly error: Error | null;
}

export interface ConversationListEvents {
  change: ConversationListState;
}

/** The state of a list before it is opened. */
const EMPTY: ConversationListState = {
  conversations: [],
  isLoaded: false,
  isLoading: false,
  hasMore: false,
  error: null,
};

/**
 * The list of a user's conversations. While it is open, it follows new messages and changes on all devices of the user,
 * and it is loaded again after every reconnect. A visitor's list is empty.
 *
 * @example
 * ```ts
 * const list = new ConversationList(client, { status: "active" });
 * list.on("change", ({ conversations }) => render(conversations));
 * list.open();
 * ```
 */
export class ConversationList extends Emitter<ConversationListEvents> {
  readonly #client: ConversationsClient;
  readonly #query: Readonly<Record<string, string>>;
  readonly #summaries: Summaries;
  readonly #loadingIds = new Set<string>();
  #state = EMPTY;
  #loading: Promise<void> | null = null;
  #cancelRetry: (() => void) | null = null;
  #removeListeners: readonly (() => void)[] = [];

  constructor(client: ConversationsClient, options: ConversationListOptions = {}) {
    super();
    const { status, botId, pageSize = PAGE_SIZE } = options;
    this.#client = client;
    this.#query = {
      limit: String(pageSize),
      ...(status !== undefined && { status }),
      ...(botId !== undefined && { bot_id: botId }),
    };
    this.#summaries = new Summaries(
      (item) => (status === undefined || item.status === status) && (botId === undefined || item.bot_id === botId),
    );
  }

  get state(): ConversationListState {
    return this.#state;
  }

  /** Load the list and keep it up to date. */
  open(): void {
    if (this.#isOpen || this.#client.anonymous) return;
    this.#removeListeners = [
      this.#client.on("activity", (activity) => this.#onActivity(activity)),
      this.#client.on("conversationChange", (change) => this.#onChange(change)),
      this.#client.on("state", (state) => {
        if (state === "open") void this.reload();
      }),
    ];
    void this.reload();
  }

  /** Stop following the changes. The list can be opened again. */
  close(): void {
    for (const remove of this.#removeListeners) remove();
    this.#removeListeners = [];
    this.#cancelRetry?.();
  }

  /** Load the first page again. A request that fails is repeated while the list is open. */
  async reload(): Promise<void> {
    await this.#loading;
    await this.#load(async () => {
      this.#summaries.mergeFirstPage(await this.#fetch(), this.#client.platform.now());
    });
  }

  /** Load the next page, unless a page is being loaded. */
  async loadMore(): Promise<void> {
    if (!this.#state.hasMore || this.#state.isLoading) return this.#loading ?? undefined;
    await this.#load(async () => {
      const count = this.#summaries.items.length;
      // A page can consist of conversations that are in the list because they were active.
      while (this.#summaries.cursor !== null && this.#summaries.items.length === count) {
        this.#summaries.addPage(await this.#fetch(this.#summaries.cursor));
      }
    });
  }

  get #isOpen(): boolean {
    return this.#removeListeners.length > 0;
  }

  #fetch(cursor?: string): Promise<ConversationPage> {
    return this.#client.api.listConversations(cursor === undefined ? this.#query : { ...this.#query, cursor });
  }

  /** Run one request at a time: of two that have waited for the same one, the second joins the first. */
  #load(request: () => Promise<void>): Promise<void> {
    this.#loading ??= this.#run(request).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #run(request: () => Promise<void>): Promise<void> {
    this.#cancelRetry?.();
    this.#setState({ isLoading: true });
    try {
      await request();
      this.#setState({ isLoaded: true, isLoading: false, error: null });
    } catch (error) {
      this.#setState({ isLoading: false, error: error as Error });
      if (this.#isOpen && !(error instanceof SignedOutError)) this.#scheduleRetry(error, request);
    }
  }

  #scheduleRetry(error: unknown, request: () => Promise<void>): void {
    const delay = (error instanceof ApiError ? error.retryAfter : null) ?? RETRY_DELAY_MS;
    this.#cancelRetry = this.#client.platform.schedule(delay, () => void this.#load(request));
  }

  #onActivity({ conversationId: id, content, timestamp }: Activity): void {
    const known = this.#summaries.find(id);
    if (known === undefined) return void this.#loadItem(id);
    // The stored message after the receipt of the same message, or a message that was sent again.
    if (timestamp < known.last_activity) return;
    this.#summaries.update(id, { last_message: content, last_activity: timestamp });
    this.#setState();
  }

  #onChange(change: ConversationChange): void {
    const { conversationId: id, status } = change;
    if (status === "deleted") this.#summaries.delete(id);
    else if (this.#summaries.find(id) === undefined) return void this.#loadItem(id);
    else if (status === "renamed") this.#summaries.setTitle(id, change.title);
    else this.#summaries.update(id, { status });
    this.#setState();
  }

  /** Load a conversation that is not in the list. If that fails, the next load of the first page has it. */
  async #loadItem(id: string): Promise<void> {
    if (this.#loadingIds.has(id)) return;
    this.#loadingIds.add(id);
    const item = await this.#client.api.getConversation(id).catch(() => null);
    this.#loadingIds.delete(id);
    if (item === null || !this.#isOpen) return;
    this.#summaries.merge([item]);
    this.#setState();
  }

  #setState(changes: Partial<ConversationListState> = {}): void {
    const { items: conversations, cursor } = this.#summaries;
    this.#state = { ...this.#state, ...changes, conversations, hasMore: cursor !== null };
    this.emit("change", this.#state);
  }
}
