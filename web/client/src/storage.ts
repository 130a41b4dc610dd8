/**
 * Storage that survives a reload of the page.
 *
 * @module
 */

/** `sessionStorage`, `localStorage` or an object of the same shape. Only one client writes to it. */
export interface ClientStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/** Storage that lives as long as the process. */
export class MemoryStorage implements ClientStorage {
  readonly #items = new Map<string, string>();

  getItem(name: string): string | null {
    return this.#items.get(name) ?? null;
  }

  setItem(name: string, value: string): void {
    this.#items.set(name, value);
  }

  removeItem(name: string): void {
    this.#items.delete(name);
  }
}

/**
 * The JSON values of one owner in a storage. If the storage is full or unavailable, writes are ignored: the client
 * works, but its state does not survive a reload.
 */
export class Store {
  readonly #storage: ClientStorage;
  readonly #owner: string;

  /**
   * @param owner - The namespace of the values; owners cannot read each other's values.
   */
  constructor(storage: ClientStorage, owner: string) {
    this.#storage = storage;
    this.#owner = owner;
  }

  read<T>(name: string): T | null {
    try {
      return JSON.parse(this.#storage.getItem(this.#getItemName(name)) ?? "null") as T | null;
    } catch {
      return null;
    }
  }

  /**
   * @param value - The new value; `null` removes it.
   */
  write(name: string, value: unknown): void {
    try {
      if (value === null) this.#storage.removeItem(this.#getItemName(name));
      else this.#storage.setItem(this.#getItemName(name), JSON.stringify(value));
    } catch {
      // The storage is full or unavailable.
    }
  }

  #getItemName(name: string): string {
    return `conversations/${this.#owner}/${name}`;
  }
}
