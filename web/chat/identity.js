// @ts-check
import { SignedOutError } from "../client/dist/index.js";
import { recall, remember } from "./storage.js";

const PLACE = "identity";
const RENEW_BEFORE_MS = 30_000;

/** Who is talking: nobody in particular, or a user with a bearer token that is renewed when it runs out. */
export class Identity {
  /** @type {string | null} */
  username = null;
  #token = "";
  #expiresAt = 0;
  /** @type {Promise<void> | null} */
  #renewal = null;

  constructor() {
    /** @type {{username: string, token: string, expiresAt: number} | null} */
    const saved = recall(PLACE);
    if (saved) {
      this.username = saved.username;
      this.#token = saved.token;
      this.#expiresAt = saved.expiresAt;
    }
  }

  /** @param {string} username */
  async signIn(username) {
    const token = await demoToken(username);
    this.username = username;
    this.#keep(token);
  }

  signOut() {
    this.username = null;
    this.#expire();
    remember(PLACE, null);
  }

  /** @param {{fresh: boolean}} asked A token that is good for a while yet; `fresh`: the last one was refused. */
  async token({ fresh }) {
    if (fresh) this.#expire();
    if (Date.now() > this.#expiresAt - RENEW_BEFORE_MS) {
      this.#renewal ??= this.#renew().finally(() => {
        this.#renewal = null;
      });
      await this.#renewal;
    }
    return this.#token;
  }

  #expire() {
    this.#token = "";
    this.#expiresAt = 0;
  }

  async #renew() {
    const { username } = this;
    if (username === null) throw new SignedOutError();
    const token = await demoToken(username);
    if (this.username === username) this.#keep(token);
  }

  /** @param {{token: string, expires_in: number}} token */
  #keep({ token, expires_in: expiresIn }) {
    this.#token = token;
    this.#expiresAt = Date.now() + expiresIn * 1000;
    remember(PLACE, { username: this.username, token, expiresAt: this.#expiresAt });
  }
}

/**
 * @param {string} username
 * @returns {Promise<{token: string, expires_in: number}>}
 */
async function demoToken(username) {
  const response = await fetch("demo/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username }),
  });
  if (response.ok) return response.json();
  if (response.status >= 500 || response.status === 429) throw new Error("No token at the moment.");
  throw new SignedOutError();
}
