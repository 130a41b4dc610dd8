// @ts-check
/** @import { Conversation } from "./conversation.js" */
/** @import { Entry, Message } from "./types.js" */
import { recall, remember } from "./storage.js";

const PLACE = "visitor";
const KEPT_MESSAGES = 200;
const LIFETIME_S = 30 * 60;

/**
 * The anonymous visitor: a session token for as long as the session lives, and what was said. The
 * server keeps no history of visitors, so this tab does, until it is closed.
 */
export class Visitor {
  token = "";
  /** @type {string | null} */
  key = null;
  #lifetime = 0;
  #endsAt = 0;

  constructor() {
    /** @type {{token: string, key: string, lifetime: number, endsAt: number} | null} */
    const saved = recall(PLACE);
    if (!saved) return;
    this.token = saved.token;
    this.key = saved.key;
    this.#lifetime = saved.lifetime;
    this.#endsAt = saved.endsAt;
  }

  /** Minutes without a message after which the session ends. */
  get minutes() {
    return Math.round(this.#lifetime / 60);
  }

  /** The token, or nothing if it certainly opens nothing any more. */
  get liveToken() {
    return Date.now() < this.#endsAt ? this.token : "";
  }

  /** @returns {{botName: string, messages: Message[]} | null} What was said before the page was loaded again. */
  transcript() {
    return recall(`${PLACE}-transcript`);
  }

  /**
   * @param {string} key
   * @param {string} [token]
   * @param {number} [left] Seconds until the session ends, unless something is said.
   */
  arrived(key, token = this.token, left = LIFETIME_S) {
    this.#lifetime = key === this.key ? Math.max(left, this.#lifetime) : left;
    this.key = key;
    this.token = token;
    this.#endsAt = Date.now() + left * 1000;
    this.#save();
  }

  /** @param {Conversation} conversation Something was said in it, so it lives on. */
  spoke(conversation) {
    if (!this.token) return;
    this.#endsAt = Date.now() + this.#lifetime * 1000;
    this.#save();
    const messages = conversation.stored.slice(-KEPT_MESSAGES).map(toMessage);
    const last = messages.at(-1);
    if (last) last.suggestions = conversation.suggestions;
    remember(`${PLACE}-transcript`, { botName: conversation.botName, messages });
  }

  /** The token opens nothing any more. */
  refused() {
    this.token = "";
    this.#endsAt = 0;
  }

  forget() {
    this.refused();
    this.key = null;
    remember(PLACE, null);
    remember(`${PLACE}-transcript`, null);
  }

  #save() {
    remember(PLACE, { token: this.token, key: this.key, lifetime: this.#lifetime, endsAt: this.#endsAt });
  }
}

/**
 * @param {Entry} entry
 * @returns {Message}
 */
function toMessage({ id, seq, sender, content, timestamp, clientId }) {
  return { id: id ?? "", seq: seq ?? 0, sender, content, timestamp, client_message_id: clientId };
}
