/**
 * What the parts of the view that are loaded later get from it: if they imported it, Lit and others would be files of
 * their own for everyone.
 *
 * @module
 */

import type { html, render } from "lit/html.js";
import type { Attachment } from "../../../client/src/protocol.ts";
import type { Locale } from "../strings/load.ts";
import type { parseLink } from "./links.ts";

export interface Kit {
  readonly html: typeof html;
  readonly render: typeof render;
  readonly parseLink: typeof parseLink;
  readonly language: Locale["language"];
  readonly texts: Locale["texts"];
  /** Say something in the live region. */
  announce(text: string): void;
  /** The files of the conversation, as far as its messages are loaded. */
  listFiles(): readonly Attachment[];
}
