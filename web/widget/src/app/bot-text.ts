/**
 * The texts of bots: as they are, or as Markdown.
 *
 * @module
 */

import type { Kit } from "./kit.ts";
import { Later } from "./later.ts";

/** What may be Markdown, or a link. */
const MARKDOWN = /[*_`#~|[\\<>$]|^ *([-+]|\d+[.)]) |^ {4}|https?:/m;

/** Shows texts of bots. The parser of Markdown is loaded with the first text that needs it. */
export class BotText {
  readonly #kit: Kit;
  readonly #markdown: Later<typeof import("./markdown.ts")>;

  /** @param onLoaded - Adopts the style sheet and draws all texts again. */
  constructor(kit: Kit, onLoaded: (styles: string) => void) {
    this.#kit = kit;
    this.#markdown = new Later(() => import("./markdown.ts"), onLoaded);
  }

  /**
   * Show a text in an element.
   *
   * @param isComplete - Whether the text will not grow.
   */
  show(element: HTMLElement, text: string, isComplete: boolean): void {
    const markdown = this.#markdown.loaded ?? (MARKDOWN.test(text) ? this.#markdown.get() : null);
    if (markdown === null) showPlain(element, text);
    else markdown.renderMarkdown(element, text, isComplete, this.#kit);
  }

  /** Return a text without its Markdown, for a screen reader. */
  async getPlain(text: string): Promise<string> {
    const markdown = MARKDOWN.test(text) ? await this.#markdown.wait() : null;
    return markdown?.toPlainText(text, this.#kit) ?? text;
  }
}

function showPlain(element: HTMLElement, text: string): void {
  const before = element.textContent;
  if (before === text) return;
  const shown = element.querySelector(".plain")?.firstChild;
  // A selection in a text that grows stays.
  if (shown instanceof Text && text.startsWith(before)) return shown.appendData(text.slice(before.length));
  const paragraph = document.createElement("p");
  paragraph.className = "plain";
  paragraph.textContent = text;
  element.replaceChildren(paragraph);
}
