/**
 * Creates the elements of a Markdown text.
 *
 * @module
 */

import * as markdown from "streaming-markdown";
import type { Kit } from "./kit.ts";

/** Deeper elements are not nested: the layout of thousands of nested quotes takes minutes. */
const MAX_DEPTH = 16;

/** An open token: where its content goes, and what remains to be done at its end. */
interface Open {
  readonly element: HTMLElement;
  /** The text after a token that is shown as it was written. */
  readonly suffix?: string;
  readonly link?: HTMLAnchorElement;
}

/** The element of each token; headings are bold paragraphs, because those of the page belong to the page. */
const TAGS: Readonly<Record<number, keyof HTMLElementTagNameMap>> = {
  [markdown.PARAGRAPH]: "p",
  [markdown.HEADING_1]: "p",
  [markdown.HEADING_2]: "p",
  [markdown.HEADING_3]: "p",
  [markdown.HEADING_4]: "p",
  [markdown.HEADING_5]: "p",
  [markdown.HEADING_6]: "p",
  [markdown.BLOCKQUOTE]: "blockquote",
  [markdown.LIST_UNORDERED]: "ul",
  [markdown.LIST_ORDERED]: "ol",
  [markdown.LIST_ITEM]: "li",
  [markdown.LINE_BREAK]: "br",
  [markdown.RULE]: "hr",
  [markdown.ITALIC_AST]: "em",
  [markdown.ITALIC_UND]: "em",
  [markdown.STRONG_AST]: "strong",
  [markdown.STRONG_UND]: "strong",
  [markdown.STRIKE]: "s",
  [markdown.CODE_INLINE]: "code",
  [markdown.TABLE_ROW]: "tr",
};

/** Tokens that are shown as they were written: there is no typesetting of formulas, and prices contain dollars. */
const LITERALS: Readonly<Record<number, string>> = {
  [markdown.EQUATION_INLINE]: "$",
  [markdown.EQUATION_BLOCK]: "$$",
};

/** Delimiters that are no emphasis in the middle of a word: `snake_case_name`, `5*3=15`. */
const WORD_DELIMITERS: Readonly<Record<number, string>> = {
  [markdown.ITALIC_AST]: "*",
  [markdown.ITALIC_UND]: "_",
  [markdown.STRONG_UND]: "__",
};

/** A renderer of `streaming-markdown`. It is its own data. */
export class MarkdownRenderer implements markdown.Renderer<MarkdownRenderer> {
  readonly data = this;
  readonly #stack: Open[];
  readonly #kit: Kit;

  constructor(root: HTMLElement, kit: Kit) {
    this.#kit = kit;
    this.#stack = [{ element: root }];
  }

  add_token(_data: MarkdownRenderer, token: markdown.Token): void {
    this.#stack.push(this.#open(this.#top, token));
  }

  end_token(): void {
    const open = this.#stack.pop();
    if (open !== undefined) close(open);
  }

  add_text(_data: MarkdownRenderer, text: string): void {
    append(this.#top, text);
  }

  set_attr(_data: MarkdownRenderer, name: markdown.Attr, value: string): void {
    const { link, element } = this.#stack.at(-1) ?? {};
    if (link !== undefined) this.#setTarget(link, value);
    else if (name === markdown.CHECKED && element !== undefined) element.textContent = "☑";
    else if (name === markdown.START && element instanceof HTMLOListElement) element.start = Number(value) || 1;
  }

  /** Close all tokens at the end of the text. */
  finish(): void {
    for (const open of this.#stack.splice(1).reverse()) close(open, true);
  }

  get #top(): HTMLElement {
    return (this.#stack.at(-1) ?? (this.#stack[0] as Open)).element;
  }

  #open(parent: HTMLElement, token: markdown.Token): Open {
    const literal = LITERALS[token] ?? (endsInWord(parent) ? WORD_DELIMITERS[token] : undefined);
    if (literal !== undefined) {
      append(parent, literal);
      return { element: parent, suffix: literal };
    }
    if (this.#stack.length > MAX_DEPTH) return { element: parent };
    switch (token) {
      // An image would be a request to another site: it is shown as a link.
      case markdown.IMAGE:
      case markdown.LINK:
      case markdown.RAW_URL: {
        if (this.#stack.some((open) => open.link !== undefined)) return { element: parent };
        const link = add(parent, "a");
        return { element: link, link };
      }
      case markdown.CODE_BLOCK:
      case markdown.CODE_FENCE:
        return { element: add(add(this.#addCodeBlock(parent), "pre"), "code") };
      case markdown.TABLE:
        return { element: add(this.#addTableBox(parent), "table") };
      case markdown.CHECKBOX:
        return { element: add(parent, "span", "☐") };
      case markdown.TABLE_CELL:
        return { element: add(parent, parent.previousElementSibling === null ? "th" : "td") };
      default: {
        const element = add(parent, TAGS[token] ?? "span");
        if (token >= markdown.HEADING_1 && token <= markdown.HEADING_6) element.className = "heading";
        return { element };
      }
    }
  }

  /** Make an element a link that opens in another tab, and that sends the other site nothing about the page. */
  #setTarget(link: HTMLAnchorElement, target: string): void {
    // A sentence often ends with a URL.
    const href = this.#kit.parseLink(target.replace(/[.,;:!?]+$/, ""));
    if (href === null) return;
    link.href = href;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }

  /** The panel handles clicks on the button. */
  #addCodeBlock(parent: HTMLElement): HTMLElement {
    const block = add(parent, "div");
    block.className = "code";
    const button = add(block, "button");
    button.type = "button";
    button.className = "tool copy-code";
    button.ariaLabel = button.title = this.#kit.texts.copyCode;
    return block;
  }

  /** A wide table scrolls, also by the keyboard. */
  #addTableBox(parent: HTMLElement): HTMLElement {
    const box = add(parent, "div");
    box.className = "table";
    box.tabIndex = 0;
    box.role = "group";
    box.ariaLabel = this.#kit.texts.table;
    return box;
  }
}

function add<Name extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  name: Name,
  text = "",
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (text !== "") element.append(text);
  parent.append(element);
  return element;
}

function append(parent: HTMLElement, text: string): void {
  const last = parent.lastChild;
  if (last instanceof Text) last.appendData(text);
  else parent.append(text);
}

function endsInWord(element: HTMLElement): boolean {
  const last = element.lastChild;
  return last instanceof Text && /[\p{L}\p{N}]$/u.test(last.data);
}

/** @param isUnfinished - Whether the text ends within the token. */
function close({ element, suffix, link }: Open, isUnfinished = false): void {
  if (suffix !== undefined && !isUnfinished) append(element, suffix);
  // Brackets without a target, or with one that is not allowed.
  if (link === undefined || link.hasAttribute("href")) return;
  const text = link.textContent;
  link.replaceWith(isUnfinished ? `[${text}` : `[${text}]`);
}
