// @ts-check
/** @import { InboxItem } from "./types.js" */
/** @import { ConversationPage } from "../client/dist/index.js" */

/** The loaded part of the user's list of conversations, latest activity first. */
export class Inbox {
  /** @type {InboxItem[]} */
  items = [];
  #total = 0;
  /** @type {string | null} */
  #cursor = null;

  get hasMore() {
    return this.#cursor !== null || this.items.length < this.#total;
  }

  /** The query for the next page. */
  get nextPageQuery() {
    /** @type {Record<string, string>} */
    const query = this.#cursor === null ? { offset: String(this.items.length) } : { cursor: this.#cursor };
    return query;
  }

  /** @param {string | null} id */
  find(id) {
    return this.items.find((item) => item.id === id);
  }

  /** @param {ConversationPage} page The first page. */
  setFirstPage(page) {
    const unreadIds = new Set(this.items.filter((item) => item.unread).map((item) => item.id));
    this.items = page.conversations.map((item) => ({ ...item, unread: unreadIds.has(item.id) }));
    this.#updatePagination(page);
  }

  /** @param {ConversationPage} page */
  addPage(page) {
    this.items.push(...page.conversations.filter((item) => !this.find(item.id)));
    this.#updatePagination(page);
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
    this.#total++;
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
    this.items.sort((a, b) => (a.last_activity < b.last_activity ? 1 : -1));
    return true;
  }

  /**
   * @param {string | null} id
   * @param {boolean} unread
   */
  setUnread(id, unread) {
    const item = this.find(id);
    if (item) item.unread = unread;
  }

  /** @param {string | null} id */
  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
  }

  clear() {
    this.items = [];
    this.#total = 0;
    this.#cursor = null;
  }

  /** @param {ConversationPage} page */
  #updatePagination(page) {
    this.#total = page.conversations.length ? page.total : this.items.length;
    this.#cursor = page.next_cursor ?? null;
  }
}
