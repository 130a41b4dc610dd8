/**
 * The panel: header, log and footer.
 *
 * @module
 */

import { html, nothing, render } from "lit/html.js";
import type { Conversation } from "../../../client/src/conversation.ts";
import type { SendOptions } from "../../../client/src/conversation-types.ts";
import type { Attachment } from "../../../client/src/protocol.ts";
import { Announcer } from "./announcer.ts";
import { ChatSession } from "./chat-session.ts";
import { Footer } from "./footer.ts";
import type { Kit } from "./kit.ts";
import { Later } from "./later.ts";
import { parseLink } from "./links.ts";
import { Log } from "./log.ts";
import markdownStyles from "./markdown.css";
import { renderMarkdown, toPlainText } from "./markdown.ts";
import styles from "./panel.css";
import { copyText } from "./tools.ts";
import type { View, ViewOptions, ViewState } from "./view-types.ts";

const ANNOUNCER = html`<p class="visually-hidden" id="announcer" role="status"></p>`;

/** The view in a shadow root. It is drawn again after every change of the conversation. */
export class ChatPanel implements View {
  readonly element = document.createElement("div");
  readonly #root = this.element.attachShadow({ mode: "open" });
  readonly #options: ViewOptions;
  readonly #kit: Kit;
  readonly #session: ChatSession;
  readonly #announcer = new Announcer();
  readonly #attachments = new Later(() => import("./attachments.ts"), (text) => this.#onLoaded(text));
  readonly #log: Log;
  readonly #footer: Footer;
  #isScheduled = false;

  constructor(options: ViewOptions) {
    this.adoptStyles(styles + markdownStyles + (options.styles ?? ""));
    const { direction, language, texts } = options.locale;
    this.element.dir = direction;
    this.element.lang = language;
    this.#options = options;
    const listFiles = (): readonly Attachment[] => this.#session.rows.flatMap(({ entry }) => entry?.attachments ?? []);
    this.#kit = { html, render, parseLink, language, texts, announce: (text) => this.#announce(text), listFiles };
    this.#session = new ChatSession(options);
    this.#session.onChange = () => this.update();
    this.#session.onAnswer = (text) => this.#announce(`${this.#botName}: ${toPlainText(text, this.#kit)}`);
    this.#log = this.#createLog();
    this.#footer = this.#createFooter();
    for (const name of ["paste", "drop", "dragover"] as const) {
      this.element.addEventListener(name, (event) => this.#footer.onTransfer(event));
    }
    this.#draw();
  }

  get state(): ViewState {
    return this.#session.state;
  }

  show(conversation: Conversation): void {
    const before = this.#session.conversation;
    this.#session.show(conversation);
    if (before === this.#session.conversation || before.status === "ended") return;
    this.activate(false);
    this.#footer.restoreDraft();
  }

  /** Draw once after all changes of this task. */
  update(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#draw();
    });
  }

  activate(movesFocus: boolean): void {
    this.#log.stick();
    this.#draw();
    if (movesFocus) this.#root.querySelector<HTMLElement>("input, textarea")?.focus();
  }

  send(text: string, options: SendOptions = {}): void {
    this.#log.stick();
    this.#session.send(text, options);
  }

  stop(): void {
    this.#session.stop();
  }

  adoptStyles(text: string): void {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    this.#root.adoptedStyleSheets.push(sheet);
  }

  dispose(): void {
    this.#session.dispose();
  }

  #draw(): void {
    const { cover, header } = this.#options;
    this.#log.beforeRender(this.#root);
    this.#footer.beforeRender();
    const content = cover?.() ?? html`${this.#log.render()} ${this.#footer.render()}`;
    render(html`${header?.(this.state) ?? nothing} ${content} ${ANNOUNCER}`, this.#root);
    this.#log.afterRender(this.#root);
    this.#footer.afterRender();
    this.#announcer.announceState(this.#root.querySelector("#announcer"), this.#session.trouble);
  }

  get #botName(): string {
    return this.state.botName || this.#kit.texts.bot;
  }

  #createLog(): Log {
    const session = this.#session;
    const panel = this;
    return new Log({
      session,
      locale: this.#options.locale,
      get botName() {
        return panel.#botName;
      },
      intro: () => this.#options.intro?.() ?? null,
      update: () => this.update(),
      // The focus moves to the field, because the button disappears.
      choose: ({ text, value }) => {
        this.send(value, { shown: text });
        this.#field?.focus();
      },
      showText: (element, text, isComplete) => renderMarkdown(element, text, isComplete, this.#kit),
      renderAttachments: (files, delivery) => this.#attachments.get()?.renderAttachments(this.#kit, files, delivery) ?? nothing,
      copy: (text, button) => void this.#copy(text, button),
      rate: (id, rating) => void session.rate(id, rating),
      retry: (id) => session.retry(id),
      discard: (id) => session.discard(id),
    });
  }

  #createFooter(): Footer {
    const panel = this;
    return new Footer({
      session: this.#session,
      kit: this.#kit,
      storage: this.#options.storage,
      get field() {
        return panel.#field;
      },
      replacement: () => this.#options.footer?.() ?? null,
      send: (text, options) => this.send(text, options),
      update: () => this.update(),
      onLoaded: (text) => this.#onLoaded(text),
    });
  }

  get #field(): HTMLInputElement | HTMLTextAreaElement | null {
    return this.#root.querySelector(".composer [name=message]");
  }

  #onLoaded(text: string): void {
    this.adoptStyles(text);
    this.#log.invalidate();
    this.update();
  }

  async #copy(text: string, button: HTMLElement): Promise<void> {
    if (await copyText(text, button)) this.#announce(this.#kit.texts.copied);
  }

  #announce(text: string): void {
    this.#announcer.announce(this.#root.querySelector("#announcer"), text);
  }
}
