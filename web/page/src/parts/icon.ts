/**
 * Icons: lines on a square of 20 units.
 *
 * @module
 */

import { type SVGTemplateResult, svg } from "lit/html.js";

const PATHS = {
  plus: "M10 4v12M4 10h12",
  down: "m5.5 8 4.5 4.5L14.5 8",
  list: "M3.5 5.5h13M3.5 10h13M3.5 14.5h8",
  close: "m5 5 10 10M15 5 5 15",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
} as const;

/** Return the template of an icon. */
export const renderIcon = (name: keyof typeof PATHS): SVGTemplateResult =>
  svg`<svg class="icon icon-${name}" viewBox="0 0 20 20" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
