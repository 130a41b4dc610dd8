// @ts-check
import { getById, setText } from "./dom.js";

const MAX_LENGTH = 8_000;
const SHOW_COUNTER_FROM = 7_500;

/** The message field. Enter sends the message, Shift+Enter starts a new line. */
export class Composer {
  #form = getById("composer", HTMLFormElement);
  #input = getById("message-input", HTMLTextAreaElement);
  #sendButton = getById("send", HTMLButtonElement);
  #counter = getById("counter", HTMLElement);
  #isPaused = false;
  #isSendingDisabled = false;
  #onSend;

  /** @param {(content: string) => void} onSend */
  constructor(onSend) {
    this.#onSend = onSend;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("input", () => this.#update());
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#update();
  }

  /** Focus the field, except on touch screens, where the keyboard would cover the messages. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#input.focus();
  }

  /** @param {boolean} isPaused Whether sending is paused; typing is still possible. */
  setPaused(isPaused) {
    this.#isPaused = isPaused;
    this.#update();
  }

  /** @param {{archived: boolean, starting: boolean}} conversation The conversation that messages are sent to. */
  setConversation({ archived, starting }) {
    this.#input.disabled = archived;
    this.#input.placeholder = archived ? "This conversation is archived" : "Write a message";
    this.#isSendingDisabled = archived || starting;
    this.#update();
  }

  #submit() {
    if (this.#sendButton.disabled) return;
    this.#onSend(sanitize(this.#input.value));
    this.#input.value = "";
    this.#update();
    this.#input.focus();
  }

  #update() {
    const length = [...sanitize(this.#input.value)].length;
    const isTooLong = length > MAX_LENGTH;
    this.#sendButton.disabled = this.#isPaused || this.#isSendingDisabled || length === 0 || isTooLong;
    this.#counter.hidden = length < SHOW_COUNTER_FROM;
    this.#counter.classList.toggle("too-long", isTooLong);
    setText(this.#counter, `${length.toLocaleString()} of ${MAX_LENGTH.toLocaleString()} characters`);
    this.#input.setAttribute("aria-invalid", String(isTooLong));
    // For browsers without `field-sizing: content`.
    if (!CSS.supports("field-sizing", "content")) {
      this.#input.style.height = "auto";
      this.#input.style.height = `${this.#input.scrollHeight}px`;
    }
  }
}

/**
 * Remove what the server would remove: surrounding white space, and control characters except tab and newline.
 *
 * @param {string} text
 */
function sanitize(text) {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n]/gu, "")
    .trim();
}
