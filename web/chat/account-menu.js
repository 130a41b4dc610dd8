// @ts-check
import { createElement, getById, isolate, setText } from "./dom.js";
import { getInitial } from "./message-element.js";

/**
 * @typedef {object} AccountActions
 * @property {(username: string) => void} signIn
 * @property {() => void} signOut
 */

/** The account menu: signs in as one of the demo users and signs out. */
export class AccountMenu {
  #button = getById("account", HTMLButtonElement);
  #menu = getById("account-menu", HTMLElement);
  #title = getById("account-title", HTMLElement);
  #items = getById("account-items", HTMLElement);
  #users;
  #actions;

  /**
   * @param {string[]} users The demo users; without any, the menu is hidden.
   * @param {AccountActions} actions
   */
  constructor(users, actions) {
    this.#users = users;
    this.#actions = actions;
  }

  /** @param {string | null} username */
  render(username) {
    this.#button.hidden = username === null && this.#users.length === 0;
    this.#button.classList.toggle("signed-in", username !== null);
    if (username === null) this.#renderSignedOut();
    else this.#renderSignedIn(username);
  }

  #renderSignedOut() {
    this.#button.replaceChildren("Sign in");
    setText(this.#title, "Sign in as a demo user");
    this.#items.replaceChildren(
      ...this.#users.map((user) => this.#createItem(user, () => this.#actions.signIn(user))),
    );
  }

  /** @param {string} username */
  #renderSignedIn(username) {
    this.#button.replaceChildren(
      createElement("span", { class: "account-initial", "aria-hidden": "true" }, getInitial(username)),
      createElement("span", { class: "account-name", dir: "auto" }, username),
    );
    setText(this.#title, `Signed in as ${isolate(username)}`);
    this.#items.replaceChildren(this.#createItem("Sign out", () => this.#actions.signOut()));
  }

  /**
   * @param {string} text
   * @param {() => void} onClick
   */
  #createItem(text, onClick) {
    const button = createElement("button", { type: "button", class: "menu-item", dir: "auto" }, text);
    button.addEventListener("click", () => {
      this.#menu.hidePopover();
      onClick();
    });
    return createElement("li", {}, button);
  }
}
