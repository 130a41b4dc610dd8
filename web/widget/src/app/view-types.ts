/**
 * The interface of the conversation view.
 *
 * @module
 */

import type { TemplateResult } from "lit/html.js";
import type { BaseClient } from "../../../client/src/base-client.ts";
import type { Conversation } from "../../../client/src/conversation.ts";
import type { StoredEntry } from "../../../client/src/entry.ts";
import type { ClientStorage } from "../../../client/src/storage.ts";
import type { Locale } from "../strings/load.ts";

export type ConnectionStatus = "connecting" | "online" | "reconnecting" | "offline" | "ended";

/** What a header may show. */
export interface ViewState {
  /** The name of the bot; empty until it is known. */
  readonly botName: string;
  readonly status: ConnectionStatus;
  /** The text of the status. */
  readonly statusText: string;
  readonly conversation: Conversation;
}

export interface ViewOptions {
  readonly client: BaseClient;
  /** The conversation that is shown first. */
  readonly conversation: Conversation;
  /** Where drafts are kept over a reload. Those of several users must not share it. */
  readonly storage: ClientStorage;
  readonly locale: Locale;
  /** Above the log; nothing if it is missing. */
  readonly header?: (state: ViewState) => TemplateResult;
  /** In place of the log and the composer while it returns a template, for example a form before the chat. */
  readonly cover?: () => TemplateResult | null;
  /** In the log, above a conversation that is shown from its first message. */
  readonly intro?: () => TemplateResult | null;
  /** In place of the composer while it returns a template, for example because a conversation is archived. */
  readonly footer?: () => TemplateResult | null;
  /** Called when a message is sent; by default the client connects. */
  readonly connect?: () => void;
  /** A message of the bot has arrived, or one of the user was delivered or has arrived from another device. */
  readonly onMessage?: (entry: StoredEntry) => void;
  /** A style sheet for what the hooks render. */
  readonly styles?: string;
  readonly onStatus?: (status: ConnectionStatus) => void;
}

export interface View {
  readonly element: HTMLElement;
  readonly state: ViewState;
  /** Show another conversation of the client, at its end. The draft of this one is kept. */
  show(conversation: Conversation): void;
  /** Draw again, because a hook returns something else. */
  update(): void;
  /** Scroll to the end, and move the focus into the field. */
  activate(movesFocus: boolean): void;
  send(text: string): void;
  /** Stop the answer that the bot is writing. */
  stop(): void;
  /** Add a style sheet for what the hooks render. */
  adoptStyles(text: string): void;
  /** Stop following the client. */
  dispose(): void;
}
