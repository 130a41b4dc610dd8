// @ts-check
import { byId, make, setText } from "./dom.js";

/**
 * @typedef {object} Actions
 * @property {(username: string) => void} signIn
 * @property {() => void} signOut
 */

/** Sign in as one of the demo users, see who is signed in, sign out. */
export class Account {
  #button = byId("account", HTMLButtonElement);
  #menu = byId("account-menu", HTMLElement);
  #title = byId("account-title", HTMLElement);
  #choices = byId("account-choices", HTMLElement);
  #users;
  #actions;

  /**
   * @param {string[]} users Whom one can be here; without any there is nothing to show.
   * @param {Actions} actions
   */
  constructor(users, actions) {
    this.#users = users;
    this.#actions = actions;
  }

  /** @param {string | null} username */
  render(username) {
    this.#button.hidden = username === null && this.#users.length === 0;
    this.#button.classList.toggle("signed-in", username !== null);
    if (username === null) {
      this.#button.replaceChildren("Sign in");
      setText(this.#title, "Sign in as a demo user");
      this.#choices.replaceChildren(...this.#users.map((user) => this.#choice(user, () => this.#actions.signIn(user))));
    } else {
      this.#button.replaceChildren(initial(username), make("span", { class: "account-name" }, username));
      setText(this.#title, `Signed in as ${username}`);
      this.#choices.replaceChildren(this.#choice("Sign out", () => this.#actions.signOut()));
    }
  }

  /**
   * @param {string} text
   * @param {() => void} act
   */
  #choice(text, act) {
    const button = make("button", { type: "button", class: "menu-item" }, text);
    button.addEventListener("click", () => {
      this.#menu.hidePopover();
      act();
    });
    return make("li", {}, button);
  }
}

/** @param {string} username */
function initial(username) {
  return make("span", { class: "account-initial", "aria-hidden": "true" }, username.slice(0, 1).toUpperCase());
}
