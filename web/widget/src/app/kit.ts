/**
 * What the parts of the view that are loaded later get from it: if they imported it, Lit and others would be files of
 * their own for everyone.
 *
 * @module
 */

import type { html, render } from "lit/html.js";
import type { Attachment } from "../../../client/src/protocol.ts";
import type { AttachTexts } from "../strings/attach.ts";
import type { Language } from "../strings/language.ts";
import type { PlayerTexts } from "../strings/player.ts";
import type { Texts } from "../strings/texts.ts";
import type { parseLink } from "./links.ts";

export interface Kit {
  readonly html: typeof html;
  readonly render: typeof render;
  readonly parseLink: typeof parseLink;
  readonly language: Language;
  /** With those of the parts that the site replaces. */
  readonly texts: Texts & Partial<AttachTexts & PlayerTexts>;
  /** The files of the conversation, as far as its messages are loaded. */
  listFiles(): readonly Attachment[];
}
