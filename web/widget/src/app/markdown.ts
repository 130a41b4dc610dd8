/**
 * Markdown of bots as elements. No text is ever parsed as HTML: `streaming-markdown` calls a renderer that creates nodes.
 *
 * @module
 */

/*! streaming-markdown, MIT License, Copyright 2024 Damian Tarnawski, https://github.com/thetarnav/streaming-markdown */
import { parser, parser_end, parser_write } from "streaming-markdown";
import type { Kit } from "./kit.ts";
import { MarkdownRenderer } from "./markdown-renderer.ts";

const BLOCKS = /^(p|li|td|th|pre|br)$/;

interface Rendered {
  text: string;
  isComplete: boolean;
  readonly write: (piece: string) => void;
  readonly end: () => void;
}

/** What the elements show. */
const rendered = new WeakMap<Element, Rendered>();

/**
 * Show a text in an element. A text that has grown since the last call is continued, so that a selection stays.
 *
 * @param isComplete - Whether the text will not grow.
 */
export function renderMarkdown(element: HTMLElement, text: string, isComplete: boolean, kit: Kit): void {
  const before = rendered.get(element);
  if (before?.text === text && before.isComplete === isComplete) return;
  const isContinued = before !== undefined && !before.isComplete && text.startsWith(before.text);
  const state = isContinued ? before : begin(element, kit);
  try {
    state.write(text.slice(state.text.length));
    if (isComplete) state.end();
  } catch {
    element.replaceChildren(text);
  }
  state.text = text;
  state.isComplete = isComplete;
  // What looks like Markdown without any content, such as a row of asterisks, is shown as it is.
  if (isComplete && element.textContent.trim() === "" && element.querySelector("hr") === null) {
    element.replaceChildren(text);
  }
}

/** Return the text without its Markdown, for a screen reader. */
export function toPlainText(text: string, kit: Kit): string {
  const element = document.createElement("div");
  renderMarkdown(element, text, true, kit);
  return getText(element).replaceAll(/\s+/g, " ").trim();
}

/** Return the text of a node, with a space after each block. */
function getText(node: Node): string {
  const text = node instanceof Text ? node.data : [...node.childNodes].map(getText).join("");
  return node instanceof Element && BLOCKS.test(node.localName) ? `${text} ` : text;
}

function begin(element: HTMLElement, kit: Kit): Rendered {
  element.replaceChildren();
  const renderer = new MarkdownRenderer(element, kit);
  const parsing = parser(renderer);
  const state: Rendered = {
    text: "",
    isComplete: false,
    write: (piece) => parser_write(parsing, piece),
    end: () => {
      parser_end(parsing);
      renderer.finish();
    },
  };
  rendered.set(element, state);
  return state;
}
