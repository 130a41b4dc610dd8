// @ts-check
import { getById, setText } from "./dom.js";

/** Most interruptions are shorter, for example while the server restarts. */
const SHOW_AFTER_MS = 2_000;

/** A sentence above the composer that says why there is no connection. */
export class ConnectionHint {
  #element = getById("connection-hint", HTMLElement);
  #timer = 0;
  #text = "";

  /** @param {string} text Empty to hide it. */
  render(text) {
    if (text === this.#text) return;
    this.#text = text;
    clearTimeout(this.#timer);
    if (text === "" || !this.#element.hidden) this.#show();
    else this.#timer = setTimeout(() => this.#show(), SHOW_AFTER_MS);
  }

  #show() {
    this.#element.hidden = this.#text === "";
    setText(this.#element, this.#text);
  }
}
