/**
 * Parts of the view that are loaded when they are needed.
 *
 * @module
 */

interface Part {
  /** Its style sheet. */
  readonly styles: string;
}

/** Loads a part once. */
export class Later<Module extends Part> {
  readonly #load: () => Promise<Module>;
  readonly #onLoaded: (styles: string) => void;
  #module: Module | null = null;
  #loading: Promise<void> | null = null;

  /** @param onLoaded - Adopts the style sheet and draws again. */
  constructor(load: () => Promise<Module>, onLoaded: (styles: string) => void) {
    this.#load = load;
    this.#onLoaded = onLoaded;
  }

  /** Return the part; `null` until it is loaded, which the first call begins, and after a failure the next one. */
  get(): Module | null {
    this.#loading ??= this.#load().then(
      (module) => {
        this.#module = module;
        this.#onLoaded(module.styles);
      },
      () => {
        this.#loading = null;
      },
    );
    return this.#module;
  }
}
