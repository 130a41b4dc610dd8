// @ts-check
/** @import { Summary } from "./types.js" */
/** @import { ConversationPage } from "../client/dist/index.js" */

/** The user's conversations, newest activity first, as far as they are loaded. */
export class Inbox {
  /** @type {Summary[]} */
  items = [];
  #total = 0;
  /** @type {string | null} */
  #cursor = null;

  get hasMore() {
    return this.#cursor !== null || this.items.length < this.#total;
  }

  /** Where the next page begins. */
  get next() {
    /** @type {Record<string, string>} */
    const from = this.#cursor === null ? { offset: String(this.items.length) } : { cursor: this.#cursor };
    return from;
  }

  /** @param {string | null} id */
  find(id) {
    return this.items.find((item) => item.id === id);
  }

  /** @param {ConversationPage} page The first page. */
  begin(page) {
    const unread = new Set(this.items.filter((item) => item.unread).map((item) => item.id));
    this.items = page.conversations.map((item) => ({ ...item, unread: unread.has(item.id) }));
    this.#turned(page);
  }

  /** @param {ConversationPage} page */
  extend(page) {
    this.items.push(...page.conversations.filter((item) => !this.find(item.id)));
    this.#turned(page);
  }

  /**
   * A conversation that began after the list was loaded.
   *
   * @param {string} id
   * @param {string} botName
   */
  started(id, botName) {
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
   * The server has said what the bot of a conversation is called.
   *
   * @param {string} id
   * @param {string} botName
   * @returns {boolean} Whether the list did not know.
   */
  named(id, botName) {
    const item = this.find(id);
    if (!item || item.bot_name || !botName) return false;
    Object.assign(item, { bot_name: botName });
    return true;
  }

  /**
   * Something was said.
   *
   * @param {string} id
   * @param {string} content
   * @param {string} timestamp
   * @returns {boolean} Whether the conversation is in the list.
   */
  said(id, content, timestamp) {
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
  mark(id, unread) {
    const item = this.find(id);
    if (item) item.unread = unread;
  }

  /** @param {string | null} id It is gone. */
  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
  }

  clear() {
    this.items = [];
    this.#total = 0;
    this.#cursor = null;
  }

  /** @param {ConversationPage} page */
  #turned(page) {
    this.#total = page.conversations.length ? page.total : this.items.length;
    this.#cursor = page.next_cursor ?? null;
  }
}
