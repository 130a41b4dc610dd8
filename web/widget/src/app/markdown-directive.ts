/**
 * Markdown in templates.
 *
 * @module
 */

import { Directive, type ElementPart, directive } from "lit/directive.js";
import { nothing } from "lit/html.js";
import { renderMarkdown } from "./markdown.ts";

class MarkdownDirective extends Directive {
  override update({ element }: ElementPart, [text, isComplete]: Parameters<this["render"]>): typeof nothing {
    renderMarkdown(element as HTMLElement, text, isComplete);
    return this.render(text, isComplete);
  }

  override render(_text: string, _isComplete: boolean): typeof nothing {
    return nothing;
  }
}

/** Show a text in the element of the directive. */
export const showMarkdown = directive(MarkdownDirective);
