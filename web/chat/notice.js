// @ts-check
import { createElement, getById } from "./dom.js";
import { formatSeconds } from "./problem-text.js";

const DISPLAY_MS = 8_000;

/** A notice above the composer: an error, a confirmation, or a countdown until messages can be sent again. */
export class Notice {
  #element = getById("notice", HTMLElement);
  #timer = 0;
  #onPauseChange;

  /** @param {(isPaused: boolean) => void} onPauseChange Called when a countdown starts and ends. */
  constructor(onPauseChange) {
    this.#onPauseChange = onPauseChange;
  }

  /**
   * @param {string} text
   * @param {number} [seconds] How long sending is paused.
   */
  show(text, seconds) {
    if (this.#element.dataset.waiting && !seconds) return;
    clearInterval(this.#timer);
    this.#element.hidden = false;
    this.#element.classList.remove("success");
    if (seconds) this.#countDown(text, Math.ceil(seconds));
    else {
      this.#element.replaceChildren(text);
      this.#timer = setTimeout(() => this.#hide(), DISPLAY_MS);
    }
  }

  /** @param {string} text */
  showSuccess(text) {
    this.show(text);
    this.#element.classList.toggle("success", !this.#element.dataset.waiting);
  }

  /**
   * Show a countdown. Screen readers read the remaining time only once.
   *
   * @param {string} text
   * @param {number} seconds
   */
  #countDown(text, seconds) {
    const countdown = createElement("span", { "aria-hidden": "true" });
    const tick = () => {
      if (seconds <= 0) return this.#hide();
      countdown.textContent = `You can send again in ${formatSeconds(seconds--)}.`;
    };
    const screenReaderText = `You can send again in ${formatSeconds(seconds)}.`;
    this.#element.dataset.waiting = "true";
    this.#element.replaceChildren(
      `${text} `,
      createElement("span", { class: "visually-hidden" }, screenReaderText),
      countdown,
    );
    this.#onPauseChange(true);
    tick();
    this.#timer = setInterval(tick, 1000);
  }

  #hide() {
    clearInterval(this.#timer);
    delete this.#element.dataset.waiting;
    this.#element.hidden = true;
    this.#element.replaceChildren();
    this.#onPauseChange(false);
  }
}
