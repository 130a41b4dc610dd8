// @ts-check
/** @import { InboxItem } from "./types.js" */
/** @import { ConversationPage, ConversationSummary } from "../client/dist/index.js" */

/** The index of the list is eventually consistent: a page may lack a conversation that was active more recently. */
const INDEX_DELAY_MS = 60_000;

/** The loaded part of the user's list of conversations, latest activity first. */
export class Inbox {
  /** @type {InboxItem[]} */
  items = [];
  /** Whether the first page was loaded. */
  isLoaded = false;
  /** @type {string | null} The cursor of the next page; `null` if there is none. */
  cursor = null;
  /** @type {Set<string>} Conversations that have received a message and are not loaded yet. */
  #unreadIds = new Set();

  /** @param {string | null} id */
  find(id) {
    return this.items.find((item) => item.id === id);
  }

  /**
   * Merge the first page into the list, which keeps the later pages: a conversation moves up when it becomes active.
   *
   * @param {ConversationPage} page
   */
  mergeFirstPage(page) {
    const { conversations, next_cursor: nextCursor = null } = page;
    const oldest = conversations.at(-1);
    const continuesList = this.isLoaded && oldest !== undefined && this.find(oldest.id) !== undefined;
    if (nextCursor === null || !continuesList) this.cursor = nextCursor;
    const firstActivity = nextCursor === null ? "" : (oldest?.last_activity ?? "");
    this.#removeMissing(new Set(conversations.map(({ id }) => id)), firstActivity);
    for (const item of conversations) this.merge(item);
    this.isLoaded = true;
  }

  /** @param {ConversationPage} page A later page. */
  addPage({ conversations, next_cursor: nextCursor = null }) {
    for (const item of conversations) this.merge(item);
    this.cursor = nextCursor;
  }

  /**
   * Add a conversation, or update it, unless the list knows of later activity.
   *
   * @param {ConversationSummary} item
   */
  merge(item) {
    const known = this.find(item.id);
    if (!known) this.items.push({ ...item, unread: this.#unreadIds.delete(item.id) });
    else if (item.last_activity < known.last_activity) known.status = item.status;
    else Object.assign(known, item, { unread: known.unread || (this.isLoaded && item.last_activity > known.last_activity) });
    this.#sort();
  }

  /**
   * Add a new conversation, unless it is in the list.
   *
   * @param {string} id
   * @param {string} botName
   */
  addConversation(id, botName) {
    if (this.find(id)) return;
    this.items.unshift({
      id,
      bot_id: "",
      bot_name: botName,
      last_message: "",
      last_activity: new Date().toISOString(),
      status: "active",
    });
  }

  /**
   * Set the name of the bot where it is missing.
   *
   * @param {string} id
   * @param {string} botName
   * @returns {boolean} Whether the list has changed.
   */
  setBotName(id, botName) {
    const item = this.find(id);
    if (!item || item.bot_name || !botName) return false;
    Object.assign(item, { bot_name: botName });
    return true;
  }

  /**
   * Update a conversation after a new message and move it to its place.
   *
   * @param {string} id
   * @param {string} content
   * @param {string} timestamp
   * @returns {boolean} Whether the conversation is in the list.
   */
  updateLastMessage(id, content, timestamp) {
    const item = this.find(id);
    if (!item) return false;
    if (!item.last_message || timestamp >= item.last_activity) {
      Object.assign(item, { last_message: content, last_activity: timestamp });
    }
    this.#sort();
    return true;
  }

  /**
   * @param {string | null} id
   * @param {boolean} unread
   */
  setUnread(id, unread) {
    const item = this.find(id);
    if (item) item.unread = unread;
    else if (id !== null && unread) this.#unreadIds.add(id);
  }

  /**
   * @param {string} id
   * @param {"active" | "archived"} status
   */
  setStatus(id, status) {
    const item = this.find(id);
    if (item) item.status = status;
  }

  /** @param {string | null} id */
  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
  }

  /**
   * Remove the conversations that the first page should contain and does not: they were deleted on another device.
   *
   * @param {Set<string>} ids The conversations on the page.
   * @param {string} firstActivity The oldest activity on the page.
   */
  #removeMissing(ids, firstActivity) {
    const lastActivity = new Date(Date.now() - INDEX_DELAY_MS).toISOString();
    this.items = this.items.filter(
      ({ id, last_activity: time }) => ids.has(id) || time <= firstActivity || time > lastActivity,
    );
  }

  #sort() {
    this.items.sort((a, b) => (a.last_activity < b.last_activity ? 1 : -1));
  }
}
