/**
 * The loaded part of a list of conversations.
 *
 * @module
 */

import type { ConversationPage, ConversationSummary } from "./protocol.ts";

/** The index of the list is eventually consistent: a page may lack a conversation that was active more recently. */
const INDEX_DELAY_MS = 60_000;

/** Conversations, latest activity first. The array is a new one after every change. */
export class Summaries {
  #items: readonly ConversationSummary[] = [];
  /** Deleted conversations, which a page may still have. */
  readonly #deletedIds = new Set<string>();
  readonly #matches: (item: ConversationSummary) => boolean;
  #isLoaded = false;
  /** The cursor of the next page; `null` on the last page. */
  #cursor: string | null = null;

  /** @param matches - Whether a conversation belongs to the list. */
  constructor(matches: (item: ConversationSummary) => boolean) {
    this.#matches = matches;
  }

  get items(): readonly ConversationSummary[] {
    return this.#items;
  }

  get cursor(): string | null {
    return this.#cursor;
  }

  find(id: string): ConversationSummary | undefined {
    return this.#items.find((item) => item.id === id);
  }

  /**
   * Merge the first page into the list, which keeps the later pages: a conversation moves up when it becomes active.
   *
   * @param now - Milliseconds since 1970.
   */
  mergeFirstPage({ conversations, next_cursor: nextCursor = null }: ConversationPage, now: number): void {
    const oldest = conversations.at(-1);
    const continuesList = this.#isLoaded && oldest !== undefined && this.find(oldest.id) !== undefined;
    if (nextCursor === null || !continuesList) this.#cursor = nextCursor;
    const firstActivity = nextCursor === null ? "" : (oldest?.last_activity ?? "");
    const lastActivity = new Date(now - INDEX_DELAY_MS).toISOString();
    const ids = new Set(conversations.map(({ id }) => id));
    // A conversation that the page should contain and does not was deleted elsewhere, or no longer matches.
    this.#items = this.#items.filter(
      ({ id, last_activity: time }) => ids.has(id) || time <= firstActivity || time > lastActivity,
    );
    this.merge(conversations);
    this.#isLoaded = true;
  }

  /** Add a later page. */
  addPage({ conversations, next_cursor: nextCursor = null }: ConversationPage): void {
    this.merge(conversations);
    this.#cursor = nextCursor;
  }

  /** Add or replace conversations; the last message stays if the list knows of a later one. */
  merge(conversations: readonly ConversationSummary[]): void {
    for (const item of conversations) {
      const known = this.find(item.id);
      const isOld = known !== undefined && item.last_activity < known.last_activity;
      const { last_message, last_activity } = isOld ? known : item;
      this.#put({ ...item, last_message, last_activity });
    }
  }

  /** Change a conversation in the list, and remove it if it no longer belongs there. */
  update(id: string, changes: Partial<ConversationSummary>): void {
    const known = this.find(id);
    if (known !== undefined) this.#put({ ...known, ...changes });
  }

  /** Change the title of a conversation in the list; an empty one removes it. */
  setTitle(id: string, title: string): void {
    const known = this.find(id);
    if (known === undefined) return;
    const { title: _, ...untitled } = known;
    this.#put(title === "" ? untitled : { ...untitled, title });
  }

  delete(id: string): void {
    this.#deletedIds.add(id);
    this.#items = this.#items.filter((item) => item.id !== id);
  }

  #put(item: ConversationSummary): void {
    const others = this.#items.filter(({ id }) => id !== item.id);
    if (this.#deletedIds.has(item.id) || !this.#matches(item)) this.#items = others;
    else this.#items = [...others, item].sort((a, b) => (a.last_activity < b.last_activity ? 1 : -1));
  }
}
