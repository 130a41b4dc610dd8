// @ts-check
/** @import { Line } from "./types.js" */
import { getById } from "./dom.js";
import { describeIncomplete } from "./message-element.js";

/** Afterwards the text is removed: who reads through the page would find the message twice. */
const REMOVE_AFTER_MS = 1_000;

/** Announces messages that the bot has written on the page to screen readers, each once and complete. */
export class Announcer {
  #element = getById("announcer", HTMLElement);
  /** @type {Set<string>} The keys of the messages that are being written. */
  #unfinished = new Set();
  #removeTimer = 0;

  /** Forget the messages of the thread that was shown. */
  reset() {
    this.#unfinished.clear();
  }

  /**
   * Announce a message if it was being written and is now complete.
   *
   * @param {Line} line
   * @param {string} botName
   */
  update(line, botName) {
    if (line.streaming) this.#unfinished.add(line.key);
    else if (this.#unfinished.delete(line.key)) this.#announce(`${botName}: ${line.content} ${describeIncomplete(line)}`);
  }

  /** @param {string} text */
  #announce(text) {
    this.#element.append(`${text.trim()}\n`);
    clearTimeout(this.#removeTimer);
    this.#removeTimer = setTimeout(() => this.#element.replaceChildren(), REMOVE_AFTER_MS);
  }
}
