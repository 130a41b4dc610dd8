/**
 * The loaded part of the user's list of conversations.
 *
 * @module
 */

import type { ConversationPage, ConversationSummary } from "../../../client/src/protocol.ts";

/** The index of the list is eventually consistent: a page may lack a conversation that was active more recently. */
const INDEX_DELAY_MS = 60_000;

/** A conversation in the list; `unread`: it has received a message while another conversation was open. */
export type Item = { -readonly [Field in keyof ConversationSummary]: ConversationSummary[Field] } & { unread?: boolean };

/** The conversations, latest activity first. */
export class ConversationList {
  /** Whether the first page was loaded. */
  isLoaded = false;
  /** The cursor of the next page; `null` on the last page. */
  cursor: string | null = null;
  #items: readonly Item[] = [];
  /** Conversations that have received a message and are not loaded yet. */
  readonly #unreadIds = new Set<string>();
  /** Conversations that are being deleted: the server may still list them. */
  readonly #hiddenIds = new Set<string>();

  /** The conversations to show. */
  get items(): readonly Item[] {
    return this.#items.filter(({ id }) => !this.#hiddenIds.has(id));
  }

  /** The conversations whose title, bot or last message contains a text. */
  search(text: string): readonly Item[] {
    const wanted = normalize(text);
    if (wanted === "") return this.items;
    return this.items.filter(({ title = "", bot_name: botName, last_message: message }) =>
      [title, botName, message].some((field) => normalize(field).includes(wanted)),
    );
  }

  find(id: string | null): Item | undefined {
    return this.#items.find((item) => item.id === id);
  }

  /** Whether a conversation is being deleted. */
  isHidden(id: string): boolean {
    return this.#hiddenIds.has(id);
  }

  /** Hide a conversation that is being deleted, or show it again. */
  setHidden(id: string, isHidden: boolean): void {
    if (isHidden) this.#hiddenIds.add(id);
    else this.#hiddenIds.delete(id);
  }

  /** Merge the first page into the list, which keeps the later pages: a conversation moves up when it becomes active. */
  mergeFirstPage({ conversations, next_cursor: nextCursor = null }: ConversationPage): void {
    const oldest = conversations.at(-1);
    const continuesList = this.isLoaded && oldest !== undefined && this.find(oldest.id) !== undefined;
    if (nextCursor === null || !continuesList) this.cursor = nextCursor;
    const firstActivity = nextCursor === null ? "" : (oldest?.last_activity ?? "");
    this.#removeMissing(new Set(conversations.map(({ id }) => id)), firstActivity);
    for (const item of conversations) this.merge(item);
    this.isLoaded = true;
  }

  /** Add a later page. */
  addPage({ conversations, next_cursor: nextCursor = null }: ConversationPage): void {
    for (const item of conversations) this.merge(item);
    this.cursor = nextCursor;
  }

  /** Add a conversation, or update it, unless the list knows of later activity. */
  merge(item: ConversationSummary): void {
    const known = this.find(item.id);
    if (known === undefined) this.#items = [...this.#items, { ...item, unread: this.#unreadIds.delete(item.id) }];
    else if (item.last_activity < known.last_activity) this.#mergeState(known, item);
    else {
      this.#mergeState(known, item);
      const unread = known.unread || (this.isLoaded && item.last_activity > known.last_activity);
      Object.assign(known, item, { unread });
    }
    this.#sort();
  }

  /** Add a new conversation, unless it is in the list. */
  add(id: string, botName: string): void {
    if (this.find(id) !== undefined) return;
    const now = new Date().toISOString();
    const item: Item = { id, bot_id: "", bot_name: botName, last_message: "", last_activity: now, status: "active" };
    this.#items = [item, ...this.#items];
  }

  /**
   * Set the name of the bot where it is missing.
   *
   * @returns Whether the list has changed.
   */
  setBotName(id: string, botName: string): boolean {
    const item = this.find(id);
    if (item === undefined || item.bot_name !== "" || botName === "") return false;
    item.bot_name = botName;
    return true;
  }

  /**
   * Update a conversation after a new message and move it to its place.
   *
   * @returns Whether the conversation is in the list.
   */
  updateLastMessage(id: string, content: string, timestamp: string): boolean {
    const item = this.find(id);
    if (item === undefined) return false;
    if (item.last_message === "" || timestamp >= item.last_activity) {
      Object.assign(item, { last_message: content, last_activity: timestamp });
    }
    this.#sort();
    return true;
  }

  setUnread(id: string | null, unread: boolean): void {
    const item = this.find(id);
    if (item !== undefined) item.unread = unread;
    else if (id !== null && unread) this.#unreadIds.add(id);
  }

  setStatus(id: string, status: Item["status"]): void {
    const item = this.find(id);
    if (item !== undefined) item.status = status;
  }

  /** @param title - Empty for none. */
  setTitle(id: string, title: string): void {
    const item = this.find(id);
    if (item !== undefined) item.title = title;
  }

  remove(id: string | null): void {
    this.#items = this.#items.filter((item) => item.id !== id);
  }

  /** Merge what can change without activity. */
  #mergeState(known: Item, { status, title = "" }: ConversationSummary): void {
    Object.assign(known, { status, title });
  }

  /**
   * Remove the conversations that the first page should contain and does not: they were deleted on another device.
   *
   * @param ids - The conversations on the page.
   * @param firstActivity - The oldest activity on the page.
   */
  #removeMissing(ids: ReadonlySet<string>, firstActivity: string): void {
    const lastActivity = new Date(Date.now() - INDEX_DELAY_MS).toISOString();
    this.#items = this.#items.filter(
      ({ id, last_activity: time }) => ids.has(id) || time <= firstActivity || time > lastActivity,
    );
  }

  #sort(): void {
    this.#items = this.#items.toSorted((a, b) => (a.last_activity < b.last_activity ? 1 : -1));
  }
}

/** Without case and accents. */
const normalize = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
