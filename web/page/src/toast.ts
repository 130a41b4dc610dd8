/**
 * A short message over the page: a confirmation, an error, or an action that can be undone.
 *
 * @module
 */

const DISPLAY_MS = 6_000;

/** What the message says, and a button if there is something to do. */
export interface ToastContent {
  readonly text: string;
  readonly kind: "success" | "error";
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** The message that is shown. The last one wins. */
export class Toast {
  content: ToastContent | null = null;
  readonly #onChange: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  show(content: ToastContent): void {
    clearTimeout(this.#timer);
    this.content = content;
    this.#timer = setTimeout(() => this.hide(), DISPLAY_MS);
    this.#onChange();
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.content = null;
    this.#onChange();
  }
}
