/**
 * The demo users of the local stack, who sign in with a click.
 *
 * @module
 */

import { SignedOutError } from "../../../client/src/errors.ts";
import { readItem, writeItem } from "../storage.ts";
import { type Account, RENEW_BEFORE_S } from "./account.ts";

const STORAGE_NAME = "identity";

interface Token {
  readonly token: string;
  readonly expires_in: number;
}

interface Stored {
  readonly username: string;
  readonly token: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A demo user of the local stack. */
export class DemoAccount implements Account {
  readonly name: string;
  #token: string;
  #expiresAt: number;
  #renewal: Promise<void> | null = null;

  private constructor({ username, token, expiresAt }: Stored) {
    this.name = username;
    this.#token = token;
    this.#expiresAt = expiresAt;
  }

  /** Return the user who has signed in before a reload. */
  static restore(): DemoAccount | null {
    const stored = readItem<Stored>(STORAGE_NAME);
    return stored === null ? null : new DemoAccount(stored);
  }

  /** Sign a user in. */
  static async signIn(username: string): Promise<DemoAccount> {
    return new DemoAccount(store(username, await fetchToken(username)));
  }

  get id(): string {
    return this.name;
  }

  async getToken({ fresh }: { readonly fresh: boolean }): Promise<string> {
    if (fresh || Date.now() > this.#expiresAt - RENEW_BEFORE_S * 1_000) {
      this.#renewal ??= this.#renew().finally(() => (this.#renewal = null));
      await this.#renewal;
    }
    return this.#token;
  }

  signOut(): Promise<void> {
    return this.forget();
  }

  async forget(): Promise<void> {
    this.#expiresAt = 0;
    this.#token = "";
    writeItem(STORAGE_NAME, null);
  }

  async #renew(): Promise<void> {
    const token = await fetchToken(this.name);
    // The user may have signed out meanwhile.
    if (readItem<Stored>(STORAGE_NAME)?.username !== this.name) throw new SignedOutError();
    ({ token: this.#token, expiresAt: this.#expiresAt } = store(this.name, token));
  }
}

function store(username: string, { token, expires_in: expiresIn }: Token): Stored {
  const stored = { username, token, expiresAt: Date.now() + expiresIn * 1_000 };
  writeItem(STORAGE_NAME, stored);
  return stored;
}

async function fetchToken(username: string): Promise<Token> {
  const response = await fetch("demo/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username }),
  });
  if (response.ok) return (await response.json()) as Token;
  if (response.status >= 500 || response.status === 429) throw new Error("Cannot get a token at the moment.");
  throw new SignedOutError();
}
