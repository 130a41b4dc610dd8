// @ts-check
import { byId, setText } from "./dom.js";

const LONGEST = 8_000;
const COUNT_FROM = 7_500;

/** Where a message is written. Enter sends it, Shift+Enter starts a new line. */
export class Composer {
  #form = byId("composer", HTMLFormElement);
  #text = byId("text", HTMLTextAreaElement);
  #send = byId("send", HTMLButtonElement);
  #counter = byId("counter", HTMLElement);
  #held = false;
  #nowhere = false;
  #onSend;

  /** @param {(content: string) => void} onSend */
  constructor(onSend) {
    this.#onSend = onSend;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("input", () => this.#update());
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#update();
  }

  /** On a touch screen the focus would open the keyboard over the answer; there it stays away. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#text.focus();
  }

  /** @param {boolean} held Writing goes on, sending has to wait. */
  hold(held) {
    this.#held = held;
    this.#update();
  }

  /** @param {{archived: boolean, starting: boolean}} conversation What is written will go there. */
  address({ archived, starting }) {
    this.#text.disabled = archived;
    this.#text.placeholder = archived ? "This conversation is archived" : "Write a message";
    this.#nowhere = archived || starting;
    this.#update();
  }

  #submit() {
    if (this.#send.disabled) return;
    this.#onSend(clean(this.#text.value));
    this.#text.value = "";
    this.#update();
    this.#text.focus();
  }

  #update() {
    const length = [...clean(this.#text.value)].length;
    this.#send.disabled = this.#held || this.#nowhere || length === 0 || length > LONGEST;
    this.#counter.hidden = length < COUNT_FROM;
    this.#counter.classList.toggle("over", length > LONGEST);
    setText(this.#counter, `${length.toLocaleString()} of ${LONGEST.toLocaleString()} characters`);
    this.#text.setAttribute("aria-invalid", String(length > LONGEST));
    // For browsers without `field-sizing: content`.
    if (!CSS.supports("field-sizing", "content")) {
      this.#text.style.height = "auto";
      this.#text.style.height = `${this.#text.scrollHeight}px`;
    }
  }
}

/**
 * What the server would store: no surrounding space, no control characters but tab and newline.
 *
 * @param {string} text
 */
function clean(text) {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n]/gu, "")
    .trim();
}
