/**
 * Typed event listeners.
 *
 * @module
 */

type Listener<Value> = (value: Value) => void;

/** Base class of objects that emit events. `Events` maps the event names to the types of their values. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /**
   * Add a listener.
   *
   * @returns A function that removes the listener.
   */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** @internal */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<Events[Name]>)(value);
  }
}
