// @ts-check
import { byId, make } from "./dom.js";

const SHOWN_MS = 8_000;

/** One polite line above the composer: what went wrong or well, and how long to wait when there is a wait. */
export class Notice {
  #element = byId("notice", HTMLElement);
  #timer = 0;
  #onHold;

  /** @param {(held: boolean) => void} onHold Sending has to wait, or may go on. */
  constructor(onHold) {
    this.#onHold = onHold;
  }

  /**
   * @param {string} text
   * @param {number} [seconds] How long sending has to wait.
   */
  show(text, seconds) {
    if (this.#element.dataset.waiting && !seconds) return;
    clearInterval(this.#timer);
    this.#element.hidden = false;
    this.#element.classList.remove("good");
    if (seconds) this.#countDown(text, Math.ceil(seconds));
    else {
      this.#element.replaceChildren(text);
      this.#timer = setTimeout(() => this.#hide(), SHOWN_MS);
    }
  }

  /** @param {string} text Something to be glad about. */
  reassure(text) {
    this.show(text);
    this.#element.classList.toggle("good", !this.#element.dataset.waiting);
  }

  /**
   * The seconds tick for the eye only; a screen reader is told once.
   *
   * @param {string} text
   * @param {number} seconds
   */
  #countDown(text, seconds) {
    const ticking = make("span", { "aria-hidden": "true" });
    const tick = () => {
      if (seconds <= 0) return this.#hide();
      ticking.textContent = `You can send again in ${seconds--} s.`;
    };
    const told = make("span", { class: "hidden-label" }, `You can send again in ${seconds} seconds.`);
    this.#element.dataset.waiting = "true";
    this.#element.replaceChildren(`${text} `, told, ticking);
    this.#onHold(true);
    tick();
    this.#timer = setInterval(tick, 1000);
  }

  #hide() {
    clearInterval(this.#timer);
    delete this.#element.dataset.waiting;
    this.#element.hidden = true;
    this.#element.replaceChildren();
    this.#onHold(false);
  }
}
