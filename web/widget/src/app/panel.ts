/**
 * The panel: header, log, notice and composer.
 *
 * @module
 */

import { repeat } from "lit/directives/repeat.js";
import { type TemplateResult, html, nothing, render } from "lit/html.js";
import type { Suggestion } from "../../../client/src/protocol.ts";
import type { PanelHost } from "../panel-host.ts";
import { strings } from "../strings.ts";
import { Announcer } from "./announcer.ts";
import type { ChatSession } from "./chat-session.ts";
import { renderComposer } from "./composer.ts";
import { renderDetails } from "./details.ts";
import { renderIcon } from "./icon.ts";
import { LogScroller } from "./log-scroller.ts";
import { renderLine } from "./message.ts";
import styles from "./panel.css";

const ANNOUNCER = html`<p class="visually-hidden" id="announcer" role="status"></p>`;

/** The panel in a shadow root of its own. It is drawn again after every change of the chat. */
export class ChatPanel {
  readonly element = document.createElement("div");
  readonly #root = this.element.attachShadow({ mode: "open" });
  readonly #session: ChatSession;
  readonly #host: PanelHost;
  readonly #scroller = new LogScroller();
  readonly #announcer = new Announcer();
  #isScheduled = false;

  constructor(session: ChatSession, host: PanelHost) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    this.#root.adoptedStyleSheets = [sheet];
    this.#session = session;
    this.#host = host;
    session.onChange = () => this.#schedule();
    session.onAnswer = (text) => this.#announcer.announce(this.#query("#announcer"), `${this.#botName}: ${text}`);
  }

  /** Scroll to the end, and move the focus to the first field if the visitor has opened the chat. */
  activate(movesFocus: boolean): void {
    this.#scroller.stick();
    this.#draw();
    if (movesFocus) this.#query<HTMLElement>("input, textarea")?.focus();
  }

  /** Draw once after all changes of this task. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#draw();
    });
  }

  #draw(): void {
    const content = this.#session.needsDetails ? this.#renderDetails() : this.#renderChat();
    render(html`${this.#renderHeader()} ${content} ${ANNOUNCER}`, this.#root);
    this.#scroller.follow(this.#query(".log"));
  }

  get #botName(): string {
    return this.#session.botName || strings.bot;
  }

  #renderHeader(): TemplateResult {
    const { heading, isInline, logo } = this.#host.options;
    const title = heading ?? (this.#session.botName || strings.chat);
    const { needsDetails, status } = this.#session;
    return html`<div class="header">
      ${logo === undefined
        ? html`<span class="avatar" aria-hidden="true">${[...title].at(0)?.toUpperCase()}</span>`
        : html`<img class="avatar" src=${logo} alt="" />`}
      <div class="heading">
        <p class="title" dir="auto">${title}</p>
        ${needsDetails ? nothing : html`<p class="status ${status}" role="status">${strings[status]}</p>`}
      </div>
      ${isInline
        ? nothing
        : html`<button class="close" type="button" aria-label=${strings.close} @click=${() => this.#host.close()}>
            ${renderIcon("close")}
          </button>`}
    </div>`;
  }

  #renderDetails(): TemplateResult {
    return renderDetails(this.#host.options.questions, (details) => {
      this.#session.answerDetails(details);
      this.activate(true);
    });
  }

  #renderChat(): TemplateResult {
    const { isAnswering, isStopping, isTyping, lines, notice, suggestions } = this.#session;
    const actions = {
      retry: (id: string) => this.#session.retry(id),
      discard: (id: string) => this.#session.discard(id),
    };
    return html`<div class="main">
        <div class="log" role="log" aria-live="off" aria-label=${strings.messages} tabindex="0" @scroll=${(event: Event) => this.#onScroll(event)}>
          ${repeat(
            lines,
            ({ key }) => key,
            (line) => renderLine(line, this.#botName, actions),
          )}
          ${isTyping ? renderTyping() : nothing} ${suggestions.length > 0 ? this.#renderSuggestions(suggestions) : nothing}
        </div>
        ${this.#scroller.isAtEnd ? nothing : this.#renderScrollButton()}
      </div>
      <div class="footer">
        <p class="notice" role="status" ?hidden=${notice === ""}>${notice}</p>
        ${renderComposer(isAnswering, isStopping, {
          send: (text) => this.#send(text),
          stop: () => this.#session.stop(),
        })}
      </div>`;
  }

  #renderSuggestions(suggestions: readonly Suggestion[]): TemplateResult {
    return html`<div class="suggestions" role="group" aria-label=${strings.suggestions}>
      ${suggestions.map(
        ({ text, value }) =>
          html`<button type="button" dir="auto" @click=${() => this.#choose(text, value)}>${text}</button>`,
      )}
    </div>`;
  }

  #renderScrollButton(): TemplateResult {
    const scroll = (): void => {
      this.#scroller.stick();
      this.#schedule();
    };
    return html`<button class="to-end" type="button" aria-label=${strings.newMessages} @click=${scroll}>
      ${renderIcon("down")}
    </button>`;
  }

  #send(text: string, shown?: string): void {
    this.#scroller.stick();
    this.#session.send(text, shown);
  }

  /** Send a quick reply. Its button disappears, so the focus moves to the field. */
  #choose(text: string, value: string): void {
    this.#send(value, text);
    this.#query<HTMLElement>("textarea")?.focus();
  }

  #onScroll(event: Event): void {
    if (this.#scroller.onScroll(event.currentTarget as Element)) this.#schedule();
  }

  #query<Type extends Element>(selector: string): Type | null {
    return this.#root.querySelector<Type>(selector);
  }
}

function renderTyping(): TemplateResult {
  return html`<div class="message bot typing" role="img" aria-label=${strings.typing}>
    <div class="bubble"><span></span><span></span><span></span></div>
  </div>`;
}
