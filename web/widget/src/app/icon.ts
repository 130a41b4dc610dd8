/**
 * Icons in templates: the paths of lines on a square of 24 units.
 *
 * @module
 */

import { type SVGTemplateResult, svg } from "lit/html.js";

const PATHS = {
  attach: "M18 8v8a6 6 0 0 1-12 0V7a4 4 0 0 1 8 0v8.5a2 2 0 0 1-4 0V8",
  close: "m6 6 12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM15 5.5V4H4v11h1.5",
  done: "m5 12.5 4.5 4.5L19 7.5",
  down: "m6 9.5 6 6 6-6",
  send: "M12 19V5.5M6 11.5l6-6 6 6",
  stop: "M8 8h8v8H8z",
  text: "M3 6.5h18v11H3zM7 10.5h.01M11 10.5h.01M15 10.5h.01M8 14h8",
  thumb: "M7 11v9H4v-9zM7 11l4-8c1.7 0 2.7 1.2 2.7 2.8V9h4.6a2 2 0 0 1 2 2.3l-1 7a2 2 0 0 1-2 1.7H7",
} as const;

export type IconName = keyof typeof PATHS;

/** Return the template of an icon. */
export const renderIcon = (name: IconName): SVGTemplateResult =>
  svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
