/**
 * What survives a reload of the page, in this tab only: two tabs must not share the storage of a client.
 *
 * @module
 */

/** The values of one chat in `sessionStorage`. Without it, for example in a sandboxed frame, nothing is stored. */
export class TabStorage {
  readonly #prefix: string;

  /**
   * @param chat - The names of the server and of the bot: chats with two bots on one page are separate.
   */
  constructor(...chat: readonly string[]) {
    this.#prefix = `gb-chat/${chat.join("/")}/`;
  }

  getItem(name: string): string | null {
    try {
      return sessionStorage.getItem(this.#prefix + name);
    } catch {
      return null;
    }
  }

  setItem(name: string, value: string): void {
    try {
      sessionStorage.setItem(this.#prefix + name, value);
    } catch {
      // The storage is full or unavailable.
    }
  }

  removeItem(name: string): void {
    try {
      sessionStorage.removeItem(this.#prefix + name);
    } catch {
      // The storage is unavailable.
    }
  }
}
