/**
 * What survives a reload.
 *
 * @module
 */

/** Where things are kept: `sessionStorage`, `localStorage`, or anything of their shape. One client writes to it. */
export interface ClientStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/** Keeps things for as long as the process lives. */
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

/** Values under names of one owner. A storage that is full or refused costs the memory of a reload, and no more. */
export class Store {
  readonly #storage: ClientStorage;
  readonly #owner: string;

  /**
   * @param owner - Whose values these are; two owners never see each other's.
   */
  constructor(storage: ClientStorage, owner: string) {
    this.#storage = storage;
    this.#owner = owner;
  }

  read<T>(name: string): T | null {
    try {
      return JSON.parse(this.#storage.getItem(this.#place(name)) ?? "null") as T | null;
    } catch {
      return null;
    }
  }

  /**
   * @param value - `null` forgets it.
   */
  write(name: string, value: unknown): void {
    try {
      if (value === null) this.#storage.removeItem(this.#place(name));
      else this.#storage.setItem(this.#place(name), JSON.stringify(value));
    } catch {
      // Full or refused: nothing to be done about it here.
    }
  }

  #place(name: string): string {
    return `conversations/${this.#owner}/${name}`;
  }
}
