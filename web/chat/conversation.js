// @ts-check
/** @import { Entry, Message, Suggestion } from "./types.js" */
/** @import { Letter } from "./outbox.js" */

/** One conversation as far as this page has seen it: every message once, in the order of the server. */
export class Conversation {
  /** @type {Entry[]} */
  entries = [];
  /** @type {Suggestion[]} */
  suggestions = [];
  typing = false;
  hasEarlier = false;
  archived = false;
  /** The server has been asked for it, and has not answered. */
  starting = false;
  #epoch = 0;
  #serial = 0;

  /**
   * @param {string | null} key `null` until the server has named it.
   * @param {string} botName
   */
  constructor(key, botName) {
    this.key = key;
    this.botName = botName;
  }

  /**
   * A stored message, from history or from the socket.
   *
   * @param {Message} message
   */
  add(message) {
    const { id, seq, sender, content, timestamp } = message;
    const entry = this.#known(id, message.client_message_id);
    if (entry) {
      this.#stored(entry, id, seq, timestamp);
      return;
    }
    const clientId = message.client_message_id;
    this.#insert({ id, seq, position: seq, sender, content, timestamp, clientId, delivery: "delivered" });
    if (seq < this.#lastSeq()) return;
    if (sender === "user") this.suggestions = [];
    else if (message.suggestions) this.suggestions = message.suggestions;
  }

  /**
   * Something written here that the server has not acknowledged.
   *
   * @param {Letter} letter
   */
  write({ clientId, shown, timestamp, reason }) {
    this.suggestions = [];
    const delivery = reason === undefined ? "sending" : "failed";
    this.#insert({ sender: "user", content: shown, timestamp, clientId, delivery, reason, position: this.#lastSeq() });
  }

  /**
   * @param {string} clientId
   * @param {{message_id?: string, seq?: number, timestamp?: string}} receipt
   */
  delivered(clientId, { message_id: id, seq, timestamp }) {
    const entry = this.#known(undefined, clientId);
    if (entry && id && seq && timestamp) this.#stored(entry, id, seq, timestamp);
  }

  /**
   * @param {string} clientId
   * @param {string | undefined} reason `undefined`: it is under way again.
   */
  failed(clientId, reason) {
    const entry = this.#known(undefined, clientId);
    if (!entry || entry.delivery === "delivered") return;
    entry.delivery = reason === undefined ? "sending" : "failed";
    entry.reason = reason;
  }

  /** @param {string} text A remark of the page itself. */
  note(text) {
    this.#insert({ kind: "note", content: text, timestamp: new Date().toISOString(), position: this.#lastSeq() });
  }

  /**
   * The visitor's session has ended and another begins on the same screen.
   *
   * @param {string} key
   */
  beginAnew(key) {
    this.key = key;
    this.suggestions = [];
    const waiting = this.entries.filter((entry) => entry.delivery === "sending" || entry.delivery === "failed");
    this.#epoch++;
    for (const entry of waiting) Object.assign(entry, { epoch: this.#epoch, position: 0 });
    this.#sort();
  }

  /** The id of the oldest message here: earlier pages end before it. */
  get firstId() {
    return this.stored[0]?.id;
  }

  /** The id of the last message before which none is missing: what was missed comes after it. */
  get lastSureId() {
    const stored = this.stored;
    const gap = stored.findIndex((entry, index) => index > 0 && entry.position !== stored[index - 1].position + 1);
    return stored.at(gap === -1 ? -1 : gap - 1)?.id;
  }

  get hasGap() {
    const stored = this.stored;
    return stored.length > 0 && this.#lastSeq() - stored[0].position + 1 !== stored.length;
  }

  /** What the server has stored of the session now open. */
  get stored() {
    return this.entries.filter((entry) => entry.id !== undefined && entry.epoch === this.#epoch);
  }

  #lastSeq() {
    return this.stored.at(-1)?.position ?? 0;
  }

  /**
   * @param {string | undefined} id
   * @param {string | undefined} clientId
   */
  #known(id, clientId) {
    return this.entries.find(
      (entry) => (id !== undefined && entry.id === id) || (clientId !== undefined && entry.clientId === clientId),
    );
  }

  /**
   * @param {Entry} entry
   * @param {string} id
   * @param {number} seq
   * @param {string} timestamp
   */
  #stored(entry, id, seq, timestamp) {
    Object.assign(entry, { id, seq, position: seq, timestamp, delivery: "delivered", reason: undefined });
    this.entries = this.entries.filter((other) => other === entry || other.id !== id);
    this.#sort();
  }

  /** @param {Partial<Entry>} entry */
  #insert(entry) {
    const serial = ++this.#serial;
    const common = { key: `entry-${serial}`, kind: /** @type {const} */ ("message"), epoch: this.#epoch, serial };
    this.entries.push(/** @type {Entry} */ ({ sender: "user", ...common, ...entry }));
    this.#sort();
  }

  #sort() {
    this.entries.sort(
      (a, b) =>
        a.epoch - b.epoch ||
        a.position - b.position ||
        Number(a.id === undefined) - Number(b.id === undefined) ||
        a.serial - b.serial,
    );
  }
}
