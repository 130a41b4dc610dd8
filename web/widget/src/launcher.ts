/**
 * What is on the page before the chat is opened: the bubble, and the empty frame of the panel.
 *
 * @module
 */

import { createIcon } from "./icons.ts";
import styles from "./launcher.css";
import type { LauncherTexts } from "./strings/launcher.ts";
import { format } from "./strings/texts.ts";
import theme from "./theme.css";

export interface LauncherOptions {
  /** The name of the chat. */
  readonly label: string;
  readonly isInline: boolean;
  readonly texts: LauncherTexts;
}

/** The elements in the shadow root of `<gb-chat>`. */
export class Launcher {
  readonly frame = createElement("div", { class: "frame", id: "frame", part: "frame", hidden: "" });
  readonly #button = createElement("button", {
    class: "launcher",
    type: "button",
    part: "launcher",
    "aria-haspopup": "dialog",
    "aria-controls": "frame",
  });
  readonly #badge = createElement("span", { class: "badge", part: "badge", "aria-hidden": "true", hidden: "" });
  readonly #isInline: boolean;
  #texts: LauncherTexts;
  #isOpen = false;
  #unread = 0;

  /**
   * @param onToggle - Called when the bubble is clicked.
   * @param onClose - Called when Escape is pressed in the frame.
   */
  constructor(root: ShadowRoot, { label, isInline, texts }: LauncherOptions, onToggle: () => void, onClose: () => void) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(theme + styles);
    root.adoptedStyleSheets = [sheet];
    this.#isInline = isInline;
    this.#texts = texts;
    const region = createElement("div", { class: "region", role: "region", "aria-label": label });
    region.append(this.frame);
    root.append(region);
    if (isInline) return;
    this.frame.setAttribute("role", "dialog");
    this.frame.setAttribute("aria-label", label);
    this.#button.append(createIcon("chat"), createIcon("down"));
    this.#button.addEventListener("click", onToggle);
    this.frame.addEventListener("keydown", ({ key, isComposing }) => {
      if (key === "Escape" && !isComposing) onClose();
    });
    region.append(this.#button, this.#badge);
    this.update(false, 0);
  }

  /** Show whether the chat is open, and how many messages are unread. */
  update(isOpen: boolean, unread: number): void {
    this.#isOpen = isOpen;
    this.#unread = unread;
    this.frame.hidden = !isOpen;
    if (this.#isInline) return;
    const count = unread > 99 ? "99+" : String(unread);
    const label = isOpen ? this.#texts.close : this.#texts.open;
    this.#button.ariaLabel = unread > 0 ? `${label} (${format(this.#texts.unread, count)})` : label;
    this.#button.ariaExpanded = String(isOpen);
    this.#button.classList.toggle("open", isOpen);
    this.#badge.hidden = unread === 0;
    this.#badge.textContent = count;
  }

  setTexts(texts: LauncherTexts): void {
    this.#texts = texts;
    this.update(this.#isOpen, this.#unread);
  }

  focus(): void {
    this.#button.focus();
  }

  showLoading(): void {
    this.frame.replaceChildren(createElement("p", { class: "state", role: "status" }, this.#texts.loading));
  }

  showFailure(onRetry: () => void): void {
    const button = createElement("button", { class: "retry", type: "button" }, this.#texts.retry);
    button.addEventListener("click", onRetry);
    const text = createElement("p", { role: "alert" }, this.#texts.loadFailed);
    this.frame.replaceChildren(createElement("div", { class: "state" }, text, button));
  }
}

function createElement<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}
