// @ts-check
/** @import { Conversation, Entry, Suggestion } from "../client/dist/index.js" */
/** @import { Line } from "./types.js" */

/** What is on screen: the open conversation, and above it those of the same visitor that have ended. */
export class Thread {
  conversation;
  archived = false;
  /** The server has been asked for it, and has not answered. */
  starting = false;
  /** @type {Line[]} */
  #past = [];
  #section = 0;
  #botName;

  /**
   * @param {Conversation | null} conversation
   * @param {string} botName What the bot is called until the conversation knows better.
   */
  constructor(conversation, botName) {
    this.conversation = conversation;
    this.#botName = botName;
  }

  get botName() {
    return this.conversation?.botName || this.#botName;
  }

  get typing() {
    return this.conversation?.typing ?? false;
  }

  get hasEarlier() {
    return this.conversation?.hasEarlier ?? false;
  }

  get suggestions() {
    /** @type {readonly Suggestion[]} */
    const none = [];
    return this.conversation?.suggestions ?? none;
  }

  get lines() {
    return [...this.#past, ...this.#messages()];
  }

  /**
   * The conversation has ended, and another takes its place below it.
   *
   * @param {Conversation} conversation
   */
  goOn(conversation) {
    this.#botName = this.botName;
    this.#past.push(...this.#messages());
    this.conversation = conversation;
    this.#section++;
  }

  /** @param {string} text A remark above the open conversation. */
  note(text) {
    const timestamp = new Date().toISOString();
    const key = `note-${this.#past.length}`;
    const section = this.#section;
    this.#past.push({ key, section, kind: "note", sender: "bot", content: text, timestamp, delivery: "delivered" });
  }

  #messages() {
    return (this.conversation?.messages ?? []).map((entry) => line(entry, this.#section));
  }
}

/**
 * @param {Entry} entry
 * @param {number} section
 * @returns {Line}
 */
function line({ key, shown, content, ...entry }, section) {
  return { ...entry, key: `${section}/${key}`, section, kind: "message", content: shown ?? content };
}
