// @ts-check
import { SignedOutError } from "../client/dist/index.js";
import { readItem, writeItem } from "./storage.js";

const STORAGE_NAME = "identity";
const REFRESH_BEFORE_MS = 30_000;

/** A visitor, or a user with a bearer token that is refreshed before it expires. */
export class Identity {
  /** @type {string | null} */
  username = null;
  #token = "";
  #expiresAt = 0;
  /** @type {Promise<void> | null} */
  #pendingRefresh = null;

  constructor() {
    /** @type {{username: string, token: string, expiresAt: number} | null} */
    const stored = readItem(STORAGE_NAME);
    if (stored) {
      this.username = stored.username;
      this.#token = stored.token;
      this.#expiresAt = stored.expiresAt;
    }
  }

  /** @param {string} username */
  async signIn(username) {
    const token = await fetchDemoToken(username);
    this.username = username;
    this.#save(token);
  }

  signOut() {
    this.username = null;
    this.#clearToken();
    writeItem(STORAGE_NAME, null);
  }

  /**
   * Return a token that does not expire soon.
   *
   * @param {{fresh: boolean}} options `fresh`: the last token was rejected, so a new one is needed.
   */
  async getToken({ fresh }) {
    if (fresh) this.#clearToken();
    if (Date.now() > this.#expiresAt - REFRESH_BEFORE_MS) {
      this.#pendingRefresh ??= this.#refresh().finally(() => {
        this.#pendingRefresh = null;
      });
      await this.#pendingRefresh;
    }
    return this.#token;
  }

  #clearToken() {
    this.#token = "";
    this.#expiresAt = 0;
  }

  async #refresh() {
    const { username } = this;
    if (username === null) throw new SignedOutError();
    const token = await fetchDemoToken(username);
    if (this.username === username) this.#save(token);
  }

  /** @param {{token: string, expires_in: number}} token */
  #save({ token, expires_in: expiresIn }) {
    this.#token = token;
    this.#expiresAt = Date.now() + expiresIn * 1000;
    writeItem(STORAGE_NAME, { username: this.username, token, expiresAt: this.#expiresAt });
  }
}

/**
 * @param {string} username
 * @returns {Promise<{token: string, expires_in: number}>}
 */
async function fetchDemoToken(username) {
  const response = await fetch("demo/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username }),
  });
  if (response.ok) return response.json();
  if (response.status >= 500 || response.status === 429) throw new Error("Cannot get a token at the moment.");
  throw new SignedOutError();
}
