/**
 * The elements of the lines: an element stays the same while its line is in the log, and so do selections and the focus.
 *
 * @module
 */

import { render } from "lit/html.js";
import type { Line } from "./lines.ts";
import { type LogContext, getClasses, renderLine } from "./message.ts";

interface Shown {
  readonly element: HTMLElement;
  line: Line;
}

/** Shows lines in an element. It does in place of Lit's `repeat` what is needed here, and draws only what has changed. */
export class LineList {
  #shown = new Map<string, Shown>();

  /** @param isNew - Whether the context has changed, so that all lines have to be drawn. */
  update(container: Element, lines: readonly Line[], context: LogContext, isNew: boolean): void {
    const shown = new Map(lines.map((line) => [line.key, this.#show(line, context, isNew)]));
    for (const [key, { element }] of this.#shown) if (!shown.has(key)) element.remove();
    let next = container.firstElementChild;
    for (const { element } of shown.values()) {
      if (element === next) next = next.nextElementSibling;
      else container.insertBefore(element, next);
    }
    this.#shown = shown;
  }

  #show(line: Line, context: LogContext, isNew: boolean): Shown {
    const shown = this.#shown.get(line.key) ?? { element: document.createElement("div"), line };
    if (!isNew && shown.element.hasChildNodes() && isSame(line, shown.line)) return shown;
    shown.line = line;
    shown.element.className = getClasses(line);
    render(renderLine(line, context), shown.element);
    if (line.kind === "message" && line.entry.sender === "bot") {
      const bubble = shown.element.querySelector<HTMLElement>(".bubble");
      if (bubble !== null) context.showText(bubble, line.entry.content, line.entry.streaming !== true);
    }
    return shown;
  }
}

function isSame(line: Line, before: Line): boolean {
  if (line.kind !== "message" || before.kind !== "message") return line.kind === before.kind && line.key === before.key;
  return line.entry === before.entry && line.endsGroup === before.endsGroup;
}
