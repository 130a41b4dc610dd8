/**
 * State that survives a reload, in `sessionStorage`: closing the tab deletes it, and other tabs cannot read it. If the
 * browser denies access, the page works until it is reloaded.
 *
 * @module
 */

import type { ClientStorage } from "../../client/src/storage.ts";

/** The values of one user, or of the visitor, in the storage of the tab. */
export class UserStorage implements ClientStorage {
  readonly #prefix: string;

  /** @param user - The id of the user; empty for the visitor. */
  constructor(user: string) {
    this.#prefix = `page/${user}/`;
  }

  getItem(name: string): string | null {
    return getTabStorage()?.getItem(this.#prefix + name) ?? null;
  }

  setItem(name: string, value: string): void {
    try {
      getTabStorage()?.setItem(this.#prefix + name, value);
    } catch {
      // The storage is full.
    }
  }

  removeItem(name: string): void {
    getTabStorage()?.removeItem(this.#prefix + name);
  }

  /** Remove all values of the user. */
  clear(): void {
    for (const name of Object.keys(getTabStorage() ?? {})) {
      if (name.startsWith(this.#prefix)) getTabStorage()?.removeItem(name);
    }
  }
}

/** Return the storage of the tab, if the browser grants access. */
export function getTabStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

/** Read a JSON value; `null` if the key has no value. */
export function readItem<Value>(name: string): Value | null {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null") as Value | null;
  } catch {
    return null;
  }
}

/**
 * Write a JSON value.
 *
 * @param value - `null` removes it.
 */
export function writeItem(name: string, value: unknown): void {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // The storage is full or access is denied: the state is lost at the next reload.
  }
}
