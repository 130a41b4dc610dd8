/**
 * What is beside the list: the header, and the open conversation.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import { type View, createView } from "../../../widget/src/app/view.ts";
import type { Chat } from "../chat.ts";
import type { Locale } from "../texts/index.ts";
import { renderIcon } from "./icon.ts";
import viewStyles from "./view.css";

/** The drawer with the list, on narrow screens. */
export interface Drawer {
  readonly isOpen: boolean;
  readonly hasUnread: boolean;
  open(): void;
}

export interface PaneActions {
  openNewest(): void;
  /** Reopen the open conversation, which is archived. */
  reopen(): void;
}

/** Shows the open conversation of a chat. Each chat has a view of its own. */
export class Pane {
  readonly #locale: Locale;
  readonly #actions: PaneActions;
  #chat: Chat | null = null;
  #view: View | null = null;
  #needsFocus = false;

  constructor(locale: Locale, actions: PaneActions) {
    this.#locale = locale;
    this.#actions = actions;
  }

  /** The title of the conversation or the name of the bot. */
  getHeading(chat: Chat): string {
    const { thread } = chat;
    if (thread.kind === "missing") return this.#locale.texts.conversations;
    if (thread.kind === "starting") return thread.botName || this.#locale.texts.conversations;
    return chat.list.find(thread.conversation.id)?.title || chat.botName || this.#locale.texts.conversations;
  }

  /**
   * Return the template.
   *
   * @param account - The buttons at the end of the header.
   * @param drawer - `null` for a visitor, who has no list.
   */
  render(chat: Chat, account: TemplateResult, drawer: Drawer | null): TemplateResult {
    const view = this.#update(chat);
    return html`${this.#renderHeader(chat, view, account, drawer)}
      <main class="conversation" id="conversation">
        ${chat.thread.kind === "missing" ? this.#renderMissing(chat) : nothing}
        ${chat.thread.kind === "starting" ? this.#renderStarting() : nothing}
        ${chat.thread.kind === "open" ? view?.element : nothing}
      </main>`;
  }

  /**
   * Move the focus into the field as soon as a conversation is open; not on touch screens, where the keyboard would cover
   * the messages.
   */
  focus(): void {
    this.#needsFocus = matchMedia("(pointer: fine)").matches;
    this.onDrawn();
  }

  /** Stop the answer that the bot is writing. */
  stop(): void {
    this.#view?.stop();
  }

  focusField(): void {
    this.#view?.activate(true);
  }

  /** Call it when what `render` has returned is in the document. */
  onDrawn(): void {
    if (!this.#needsFocus || this.#view?.element.isConnected !== true) return;
    this.#needsFocus = false;
    this.focusField();
  }

  /** Show the open conversation in the view of the chat. */
  #update(chat: Chat): View | null {
    if (chat !== this.#chat) {
      this.#view?.dispose();
      this.#view = null;
      this.#chat = chat;
    }
    const { thread } = chat;
    if (thread.kind !== "open") return this.#view;
    if (this.#view === null) this.#view = this.#createView(chat, thread.conversation);
    else this.#view.show(thread.conversation);
    this.#view.update();
    return this.#view;
  }

  #createView(chat: Chat, conversation: Parameters<View["show"]>[0]): View {
    return createView({
      client: chat.client,
      conversation,
      storage: chat.storage,
      locale: this.#locale.view,
      styles: viewStyles,
      intro: () => this.#renderIntro(chat),
      footer: () => this.#renderFooter(chat),
    });
  }

  #renderHeader(chat: Chat, view: View | null, account: TemplateResult, drawer: Drawer | null): TemplateResult {
    const heading = this.getHeading(chat);
    const state = chat.thread.kind === "open" ? view?.state : undefined;
    const { thread } = chat;
    const { botName } = chat;
    const details = botName !== heading && botName !== "" ? botName : chat.botDescription;
    return html`<header class="header">
      ${drawer === null ? nothing : this.#renderDrawerButton(drawer)}
      <span class="avatar" aria-hidden="true">${[...heading].at(0)?.toUpperCase()}</span>
      <div class="bot-heading">
        <h1 dir="auto">${heading}</h1>
        <div class="bot-details">
          <p
            class="connection"
            id="connection"
            role="status"
            data-state=${state?.status ?? "connecting"}
            ?hidden=${thread.kind === "missing"}
          >
            ${state?.statusText ?? this.#locale.view.texts.connecting}
          </p>
          <p class="bot-description" dir="auto" ?hidden=${details === ""}>${details}</p>
        </div>
      </div>
      ${account}
    </header>`;
  }

  #renderDrawerButton({ isOpen, hasUnread, open }: Drawer): TemplateResult {
    const { conversations, conversationsWithNew } = this.#locale.texts;
    return html`<button
      class="icon-button sidebar-open ${hasUnread ? "unread" : ""}"
      id="sidebar-open"
      type="button"
      aria-controls="sidebar"
      aria-expanded=${isOpen}
      aria-label=${hasUnread ? conversationsWithNew : conversations}
      @click=${open}
    >
      ${renderIcon("list")}
    </button>`;
  }

  #renderStarting(): TemplateResult {
    return html`<p class="starting" role="status">${this.#locale.texts.loadingMessages}</p>`;
  }

  #renderMissing(chat: Chat): TemplateResult {
    const { texts } = this.#locale;
    const isVisitor = chat.account === null;
    return html`<div class="missing" role="status">
      <h2>${texts.missingTitle}</h2>
      <p>${isVisitor ? texts.signInToSee : texts.missingText}</p>
      <button class="secondary-button" type="button" @click=${() => this.#actions.openNewest()}>
        ${isVisitor ? texts.continueAsVisitor : texts.openNewest}
      </button>
    </div>`;
  }

  /** What a visitor should know before they write. */
  #renderIntro(chat: Chat): TemplateResult | null {
    if (chat.idleMinutes === 0) return null;
    return html`<p class="note">${this.#locale.texts.visitorHint(chat.idleMinutes)}</p>`;
  }

  /** In place of the field, if the conversation accepts no messages. */
  #renderFooter({ thread }: Chat): TemplateResult | null {
    if (thread.kind !== "open" || !thread.isArchived) return null;
    const { texts } = this.#locale;
    return html`<div class="closed" role="status">
      <p>${texts.isArchived}</p>
      <button class="primary" type="button" @click=${() => this.#actions.reopen()}>${texts.reopen}</button>
    </div>`;
  }
}
