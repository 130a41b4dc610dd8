/**
 * A short message over the page.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Toast } from "../toast.ts";

/** Return the template of the message. The region is always there, so that screen readers watch it. */
export function renderToast(toast: Toast): TemplateResult {
  const { content } = toast;
  const run = (): void => {
    toast.hide();
    content?.action?.run();
  };
  return html`<div class="toast-region" id="notice" role="status">
    ${content === null
      ? nothing
      : html`<div class="toast ${content.kind}">
          <p>${content.text}</p>
          ${content.action === undefined
            ? nothing
            : html`<button type="button" class="toast-action" @click=${run}>${content.action.label}</button>`}
        </div>`}
  </div>`;
}
