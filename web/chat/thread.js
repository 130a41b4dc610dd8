// @ts-check
/** @import { Conversation, Entry, Suggestion } from "../client/dist/index.js" */
/** @import { Line } from "./types.js" */

/** The conversation on screen, below the same visitor's expired conversations. */
export class Thread {
  conversation;
  archived = false;
  /** The server has not created the conversation yet. */
  starting = false;
  /** @type {Line[]} */
  #earlierLines = [];
  #section = 0;
  #initialBotName;

  /**
   * @param {Conversation | null} conversation
   * @param {string} botName The name of the bot until the conversation has it.
   */
  constructor(conversation, botName) {
    this.conversation = conversation;
    this.#initialBotName = botName;
  }

  /** Create a thread whose conversation does not exist yet. */
  static createStarting(botName = "") {
    const thread = new Thread(null, botName);
    thread.starting = true;
    return thread;
  }

  get botName() {
    return this.conversation?.botName || this.#initialBotName;
  }

  get typing() {
    return this.conversation?.typing ?? false;
  }

  /** What the bot is doing. */
  get answer() {
    const { answering = false, stopping = false, messages = [] } = this.conversation ?? {};
    return { answering, stopping, writing: messages.at(-1)?.streaming ?? false };
  }

  get hasEarlier() {
    return this.conversation?.hasEarlier ?? false;
  }

  /** The quick replies; an archived conversation accepts none. */
  get suggestions() {
    /** @type {readonly Suggestion[]} */
    const none = [];
    return this.archived ? none : (this.conversation?.suggestions ?? none);
  }

  /** Whether there is nothing to show yet, because the messages are being loaded. */
  get isLoading() {
    if (this.conversation === null) return this.starting;
    const { id, status, messages } = this.conversation;
    return id !== null && status === "syncing" && messages.length === 0;
  }

  get lines() {
    return [...this.#earlierLines, ...this.#createMessageLines()];
  }

  /**
   * Continue with another conversation below the current one, which has ended.
   *
   * @param {Conversation} conversation
   */
  replaceConversation(conversation) {
    this.#initialBotName = this.botName;
    this.#earlierLines.push(...this.#createMessageLines());
    this.conversation = conversation;
    this.#section++;
  }

  /**
   * Add a note above the current conversation.
   *
   * @param {string} text
   */
  addNote(text) {
    this.#earlierLines.push({
      key: `note-${this.#earlierLines.length}`,
      section: this.#section,
      kind: "note",
      sender: "bot",
      content: text,
      timestamp: new Date().toISOString(),
      delivery: "delivered",
    });
  }

  #createMessageLines() {
    return (this.conversation?.messages ?? []).map((entry) => createMessageLine(entry, this.#section));
  }
}

/**
 * @param {Entry} entry
 * @param {number} section
 * @returns {Line}
 */
function createMessageLine({ key, shown, content, ...entry }, section) {
  return { ...entry, key: `${section}/${key}`, section, kind: "message", content: shown ?? content };
}
