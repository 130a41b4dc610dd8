/**
 * Deletions that can be undone for some seconds: until then nothing is sent.
 *
 * @module
 */

/** How long a deletion can be undone. */
const UNDO_MS = 6_000;

interface Deletion {
  readonly id: string;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Deletes conversations later, or when the page is left. */
export class Deletions {
  readonly #send: (id: string) => void;
  #pending: readonly Deletion[] = [];

  /** @param send - Deletes a conversation. It is called when the page is left too. */
  constructor(send: (id: string) => void) {
    this.#send = send;
  }

  add(id: string): void {
    const timer = setTimeout(() => this.#finish(id), UNDO_MS);
    this.#pending = [...this.#pending, { id, timer }];
  }

  /** @returns Whether the conversation is not deleted yet. */
  undo(id: string): boolean {
    return this.#remove(id);
  }

  /** Delete now, because the page is left or the user signs out. */
  flush(): void {
    for (const { id } of this.#pending) this.#finish(id);
  }

  #finish(id: string): void {
    if (this.#remove(id)) this.#send(id);
  }

  #remove(id: string): boolean {
    const deletion = this.#pending.find((other) => other.id === id);
    if (deletion === undefined) return false;
    clearTimeout(deletion.timer);
    this.#pending = this.#pending.filter((other) => other !== deletion);
    return true;
  }
}
