/**
 * The conversation view of the widget: a visitor's client, the header, and the form before the chat.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import { BaseClient } from "../../../client/src/base-client.ts";
import type { ConnectionFailure } from "../../../client/src/connection-failure.ts";
import type { StoredEntry } from "../../../client/src/entry.ts";
import type { Panel, PanelHost } from "../panel-host.ts";
import type { Locale } from "../strings/load.ts";
import type { Details } from "./details.ts";
import styles from "./header.css";
import { renderIcon } from "./icon.ts";
import type { Notifier } from "./notifier.ts";
import { ChatPanel } from "./panel.ts";
import type { View, ViewState } from "./view-types.ts";

/** Set in the storage when the visitor has answered the questions before the chat. */
const ANSWERED = "details";

/** The chat of a visitor. */
export class WidgetView implements Panel {
  readonly #host: PanelHost;
  readonly #locale: Locale;
  readonly #client: BaseClient;
  readonly #view: View;
  /** `null` if the page wants none, or until it is loaded. */
  #notifier: Notifier | null = null;
  /** The form before the chat; `null` until it is loaded. */
  #form: typeof import("./details.ts") | null = null;

  constructor(host: PanelHost, locale: Locale) {
    const { apiUrl, wsUrl, bot } = host.options;
    const { storage } = host;
    this.#host = host;
    this.#locale = locale;
    this.#client = new BaseClient({ apiUrl, wsUrl, storage, ...(bot !== undefined && { botId: bot }) });
    this.#client.on("connectionFailure", (failure) => this.#warn(failure));
    // The colours are those of the element around it.
    this.#view = new ChatPanel({
      client: this.#client,
      conversation: this.#client.conversation(),
      storage,
      locale,
      styles,
      header: (state) => this.#renderHeader(state),
      cover: () => (this.#needsDetails ? this.#renderDetails() : null),
      connect: () => this.#open(),
      onMessage: (entry) => this.#onMessage(entry),
      onStatus: (state) => host.emit("gb-connection", { state }),
    });
  }

  /** Load what the chat begins with. */
  async load(): Promise<void> {
    const { sound, titleBadge } = this.#host.options;
    if (sound || titleBadge) {
      void import("./notifier.ts").then(({ Notifier }) => (this.#notifier = new Notifier({ sound, titleBadge })));
    }
    if (!this.#needsDetails) return;
    this.#form = await import("./details.ts");
    this.#view.adoptStyles(this.#form.styles);
    this.#view.update();
  }

  get element(): HTMLElement {
    return this.#view.element;
  }

  connect(): void {
    // An ended conversation is continued by the next message.
    if (this.#view.state.status !== "ended") this.#open();
  }

  disconnect(): void {
    this.#client.close();
  }

  send(text: string): void {
    this.#view.send(text);
  }

  stop(): void {
    this.#view.stop();
  }

  activate(movesFocus: boolean): void {
    this.#view.activate(movesFocus);
  }

  #open(): void {
    if (!this.#needsDetails) this.#client.connect();
  }

  get #needsDetails(): boolean {
    const { options, storage } = this.#host;
    return options.questions.length > 0 && storage.getItem(ANSWERED) === null;
  }

  #renderHeader({ botName, status, statusText }: ViewState): TemplateResult {
    const { heading, isInline, logo } = this.#host.options;
    const { texts } = this.#locale;
    const title = heading ?? (botName || texts.chat);
    return html`<div class="header">
      ${logo === undefined
        ? html`<span class="avatar" aria-hidden="true">${[...title].at(0)?.toUpperCase()}</span>`
        : html`<img class="avatar" src=${logo} alt="" />`}
      <div class="heading">
        <p class="title"><bdi>${title}</bdi></p>
        ${this.#needsDetails ? nothing : html`<p class="status ${status}">${statusText}</p>`}
      </div>
      ${isInline
        ? nothing
        : html`<button class="close" type="button" aria-label=${texts.close} @click=${() => this.#host.close()}>
            ${renderIcon("close")}
          </button>`}
    </div>`;
  }

  #renderDetails(): TemplateResult {
    const { questions } = this.#host.options;
    const submit = (details: Details): void => this.#answer(details);
    return this.#form?.renderDetails(html, questions, this.#locale, submit) ?? html``;
  }

  /** Answer the questions before the chat: the bot gets the answers as the first message. */
  #answer(details: Details): void {
    this.#host.storage.setItem(ANSWERED, "answered");
    this.#host.emit("gb-details", details);
    this.#view.send(this.#form?.formatDetails(details, this.#locale) ?? "");
    this.#view.activate(true);
  }

  #onMessage({ id, sender, content }: StoredEntry): void {
    this.#host.emit("gb-message", { id, sender, text: content });
    if (sender !== "bot") return;
    this.#notifier?.notify(this.#host.isOpen());
    if (!this.#host.isOpen()) this.#host.addUnread();
  }

  /** A browser reports nothing to a page about a refused handshake, so the developer of the page needs the possible reasons. */
  #warn(failure: ConnectionFailure | null): void {
    if (failure === null) return;
    const { bot } = this.#host.options;
    void import("./failures.ts").then(({ describeFailure }) => console.warn(`gb-chat: ${describeFailure(failure, bot)}`));
  }
}
