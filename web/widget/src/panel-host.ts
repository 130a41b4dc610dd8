/**
 * The interface between the loader and the rest of the widget.
 *
 * @module
 */

import type { ConnectionStatus } from "./app/view-types.ts";
import type { Options } from "./options.ts";
import type { ChosenLanguage } from "./strings/language.ts";
import type { PartTexts } from "./strings/part-texts.ts";
import type { Texts } from "./strings/texts.ts";
import type { TabStorage } from "./tab-storage.ts";

/** The events of the element, and their details. */
export interface ChatEvents {
  "gb-open": null;
  "gb-close": null;
  /** A message of the bot has arrived, or one of the visitor was delivered. */
  "gb-message": { readonly id: string; readonly sender: "user" | "bot"; readonly text: string };
  /** The number of messages that arrived while the chat was closed has changed. */
  "gb-unread": { readonly count: number };
  "gb-connection": { readonly state: ConnectionStatus };
  /** The visitor has answered the questions before the chat. */
  "gb-details": { readonly name?: string; readonly email?: string };
}

/** What the panel needs of the element. */
export interface PanelHost {
  readonly options: Options;
  readonly storage: TabStorage;
  readonly language: ChosenLanguage;
  /** Texts of the site, which replace the others. */
  readonly texts: Partial<Texts & PartTexts>;
  /** Whether the visitor sees the messages. */
  isOpen(): boolean;
  close(): void;
  addUnread(): void;
  emit<Name extends keyof ChatEvents>(name: Name, detail: ChatEvents[Name]): void;
}

/** What the element needs of the panel. */
export interface Panel {
  /** Connect, unless there are questions to answer first. */
  connect(): void;
  disconnect(): void;
  send(text: string): void;
  stop(): void;
  /** Scroll to the end. */
  activate(movesFocus: boolean): void;
}
