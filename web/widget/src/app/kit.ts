/**
 * What the parts of the view that are loaded later get from it: if they imported it, Lit and others would be files of
 * their own for everyone.
 *
 * @module
 */

import type { html } from "lit/html.js";
import type { Texts } from "../strings/texts.ts";
import type { parseLink } from "./links.ts";

export interface Kit {
  readonly html: typeof html;
  readonly parseLink: typeof parseLink;
  readonly texts: Texts;
}
