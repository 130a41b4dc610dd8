/**
 * Icons in templates.
 *
 * @module
 */

import { type SVGTemplateResult, svg } from "lit/html.js";
import { ICONS, type IconName } from "../icons.ts";

/** Return the template of an icon. */
export const renderIcon = (name: IconName): SVGTemplateResult =>
  svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
