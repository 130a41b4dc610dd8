/**
 * The panel: header, log, notice and composer.
 *
 * @module
 */

import { type TemplateResult, html, nothing, render } from "lit/html.js";
import type { Conversation } from "../../../client/src/conversation.ts";
import type { Suggestion } from "../../../client/src/protocol.ts";
import type { Texts } from "../strings/texts.ts";
import theme from "../theme.css";
import { Announcer } from "./announcer.ts";
import { ChatSession } from "./chat-session.ts";
import { renderComposer } from "./composer.ts";
import { Drafts } from "./drafts.ts";
import { renderIcon } from "./icon.ts";
import { LineList } from "./line-list.ts";
import { type Row, listLines } from "./lines.ts";
import { LogScroller } from "./log-scroller.ts";
import type { LogContext } from "./message.ts";
import styles from "./panel.css";
import type { View, ViewOptions, ViewState } from "./view-types.ts";

const ANNOUNCER = html`<p class="visually-hidden" id="announcer" role="status"></p>`;

/** The view in a shadow root. It is drawn again after every change of the conversation. */
export class ChatPanel implements View {
  readonly element = document.createElement("div");
  readonly #root = this.element.attachShadow({ mode: "open" });
  readonly #options: ViewOptions;
  readonly #session: ChatSession;
  readonly #scroller = new LogScroller();
  readonly #announcer = new Announcer();
  readonly #drafts: Drafts;
  readonly #lines = new LineList();
  #drawnBotName = "";
  #isScheduled = false;

  constructor(options: ViewOptions) {
    this.adoptStyles(theme + styles + (options.styles ?? ""));
    const { direction, language } = options.locale;
    this.element.dir = direction;
    this.element.lang = language;
    this.#options = options;
    this.#session = new ChatSession(options);
    this.#drafts = new Drafts(options.storage);
    this.#session.onChange = () => this.update();
    this.#session.onAnswer = (text) => this.#announcer.announce(this.#query("#announcer"), `${this.#botName}: ${text}`);
    this.#draw();
    this.#restoreDraft();
  }

  get state(): ViewState {
    return this.#session.state;
  }

  show(conversation: Conversation): void {
    const before = this.#session.conversation;
    this.#session.show(conversation);
    if (before === this.#session.conversation || before.status === "ended") return;
    this.activate(false);
    this.#restoreDraft();
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

  /** Scroll to the end, and move the focus to the first field if the visitor has opened the chat. */
  activate(movesFocus: boolean): void {
    this.#scroller.stick();
    this.#draw();
    if (movesFocus) this.#query<HTMLElement>("input, textarea")?.focus();
  }

  send(text: string): void {
    this.#send(text);
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
    this.#scroller.remember(this.#query(".log"));
    const content = cover?.() ?? this.#renderChat();
    render(html`${header?.(this.state) ?? nothing} ${content} ${ANNOUNCER}`, this.#root);
    this.#drawLines();
    this.#scroller.restore(this.#query(".log"));
  }

  #drawLines(): void {
    const container = this.#query(".lines");
    if (container === null) return;
    const { rows } = this.#session;
    const [start, end] = this.#scroller.getRange(rows);
    const botName = this.#botName;
    const context: LogContext = {
      locale: this.#options.locale,
      botName,
      retry: (id) => this.#session.retry(id),
      discard: (id) => this.#session.discard(id),
    };
    const isNew = botName !== this.#drawnBotName;
    this.#drawnBotName = botName;
    this.#lines.update(container, listLines(rows, start, end, context.locale.tag), context, isNew);
  }

  get #texts(): Texts {
    return this.#options.locale.texts;
  }

  get #botName(): string {
    return this.state.botName || this.#texts.bot;
  }

  #renderChat(): TemplateResult {
    const { notice } = this.#session;
    return html`${this.#renderLog()}
      <div class="footer">
        <p class="notice" ?hidden=${notice === ""}>${notice}</p>
        ${this.#options.footer?.() ?? this.#renderComposer()}
      </div>`;
  }

  #renderLog(): TemplateResult {
    const { isLoadingEarlier, isTyping, rows, suggestions } = this.#session;
    const texts = this.#texts;
    const { intro } = this.#options;
    const [start, end] = this.#scroller.getRange(rows);
    const isComplete = start === 0 && !this.#session.hasEarlier;
    const isAtLastRow = end === rows.length;
    return html`<div class="main">
      <div class="log" role="log" aria-live="off" aria-label=${texts.messages} tabindex="0" @scroll=${(event: Event) => this.#onScroll(event, rows)}>
        ${isComplete ? (intro?.() ?? nothing) : nothing}
        ${isLoadingEarlier ? html`<p class="day">${texts.loadingEarlier}</p>` : nothing}
        <div class="lines"></div>
        ${isTyping && isAtLastRow ? renderTyping(texts) : nothing}
        ${suggestions.length > 0 && isAtLastRow ? this.#renderSuggestions(suggestions) : nothing}
      </div>
      ${this.#scroller.isAtEnd ? nothing : this.#renderScrollButton()}
    </div>`;
  }

  #renderComposer(): TemplateResult | typeof nothing {
    const { isAnswering, isOver, isStopping } = this.#session;
    if (isOver) return nothing;
    return renderComposer({
      texts: this.#texts,
      isAnswering,
      isStopping,
      send: (text) => this.#send(text),
      stop: () => this.#session.stop(),
      keep: (text) => this.#drafts.keep(this.#session.conversation, text),
    });
  }

  #renderSuggestions(suggestions: readonly Suggestion[]): TemplateResult {
    return html`<div class="suggestions" role="group" aria-label=${this.#texts.suggestions}>
      ${suggestions.map(
        ({ text, value }) =>
          html`<button type="button" dir="auto" @click=${() => this.#choose(text, value)}>${text}</button>`,
      )}
    </div>`;
  }

  #renderScrollButton(): TemplateResult {
    const scroll = (): void => {
      this.#scroller.stick();
      this.update();
    };
    return html`<button class="to-end" type="button" aria-label=${this.#texts.newMessages} @click=${scroll}>
      ${renderIcon("down")}
    </button>`;
  }

  #send(text: string, shown = text): void {
    this.#scroller.stick();
    this.#session.send(text, { shown });
  }

  /** Send a quick reply. Its button disappears, so the focus moves to the field. */
  #choose(text: string, value: string): void {
    this.#send(value, text);
    this.#query<HTMLElement>("textarea")?.focus();
  }

  #onScroll(event: Event, rows: readonly Row[]): void {
    const log = event.currentTarget as Element;
    if (this.#scroller.onScroll(log, rows)) this.update();
    if (this.#scroller.isNearStart(log, rows)) void this.#session.loadEarlier();
  }

  #restoreDraft(): void {
    const field = this.#query<HTMLTextAreaElement>("textarea");
    if (field !== null) field.value = this.#drafts.get(this.#session.conversation);
  }

  #query<Type extends Element>(selector: string): Type | null {
    return this.#root.querySelector<Type>(selector);
  }
}

function renderTyping(texts: Texts): TemplateResult {
  return html`<div class="message bot typing" role="img" aria-label=${texts.typing}>
    <div class="bubble"><span></span><span></span><span></span></div>
  </div>`;
}
