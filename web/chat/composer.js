// @ts-check
import { getById, setText } from "./dom.js";

const MAX_LENGTH = 8_000;
const SHOW_COUNTER_FROM = 7_500;
/** Most bots answer within this time, and a button that disappears at once would only distract. */
const SHOW_STOP_AFTER_MS = 600;

/**
 * The message field. Enter sends the message, Shift+Enter starts a new line. While the bot is answering, the button stops
 * the answer, as Escape does; a message that is written meanwhile can be sent too, and waits for its answer.
 */
export class Composer {
  #form = getById("composer", HTMLFormElement);
  #input = getById("message-input", HTMLTextAreaElement);
  #sendButton = getById("send", HTMLButtonElement);
  #stopButton = getById("stop", HTMLButtonElement);
  #sendHint = getById("hint", HTMLElement);
  #stopHint = getById("stop-hint", HTMLElement);
  #counter = getById("counter", HTMLElement);
  #isPaused = false;
  #isSendingDisabled = false;
  #isAnswering = false;
  #stopTimer = 0;
  #onSend;
  #onStop;

  /**
   * @param {(content: string) => void} onSend
   * @param {() => void} onStop
   */
  constructor(onSend, onStop) {
    this.#onSend = onSend;
    this.#onStop = onStop;
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
    this.#stopButton.addEventListener("click", () => this.#stop());
    document.addEventListener("keydown", (event) => {
      // Escape has other meanings in a text that is being composed, in a menu, and in the list of conversations.
      if (event.key !== "Escape" || event.isComposing || this.#input.closest("[inert]")) return;
      if (this.#isAnswering && !document.querySelector(":popover-open")) this.#stop();
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

  /** @param {{answering: boolean, writing: boolean, stopping: boolean}} answer What the bot is doing. */
  setAnswer({ answering, writing, stopping }) {
    this.#isAnswering = answering;
    this.#stopButton.disabled = stopping;
    this.#stopButton.setAttribute("aria-label", stopping ? "Stopping the answer" : "Stop the answer");
    if (!answering || writing) this.#showStop(answering);
    else this.#stopTimer ||= setTimeout(() => this.#showStop(true), SHOW_STOP_AFTER_MS);
  }

  /** @param {boolean} isShown */
  #showStop(isShown) {
    clearTimeout(this.#stopTimer);
    this.#stopTimer = 0;
    if (!isShown && document.activeElement === this.#stopButton) this.#input.focus();
    this.#stopButton.hidden = !isShown;
    this.#update();
  }

  #stop() {
    this.#onStop();
    this.focus();
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
    // Only an empty field has no use for the button.
    this.#sendButton.hidden = length === 0 && !this.#stopButton.hidden;
    this.#sendHint.hidden = this.#sendButton.hidden;
    this.#stopHint.hidden = !this.#sendButton.hidden;
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
