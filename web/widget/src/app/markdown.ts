/**
 * Markdown of bots as elements. No text is ever parsed as HTML: `streaming-markdown` calls a renderer that creates nodes.
 *
 * @module
 */

/*! streaming-markdown, MIT License, Copyright 2024 Damian Tarnawski, https://github.com/thetarnav/streaming-markdown */
import { parser, parser_end, parser_write } from "streaming-markdown";
import { MarkdownRenderer } from "./markdown-renderer.ts";

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
export function renderMarkdown(element: HTMLElement, text: string, isComplete: boolean): void {
  const before = rendered.get(element);
  if (before?.text === text && before.isComplete === isComplete) return;
  const isContinued = before !== undefined && !before.isComplete && text.startsWith(before.text);
  const state = isContinued ? before : begin(element);
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

function begin(element: HTMLElement): Rendered {
  element.replaceChildren();
  const renderer = new MarkdownRenderer(element);
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
