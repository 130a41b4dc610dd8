/**
 * The log: the lines, what the bot is doing, and quick replies.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Suggestion } from "../../../client/src/protocol.ts";
import type { Locale } from "../strings/load.ts";
import type { ChatSession } from "./chat-session.ts";
import { renderIcon } from "./icon.ts";
import { LineList } from "./line-list.ts";
import { listLines } from "./lines.ts";
import { LogScroller } from "./log-scroller.ts";
import type { LogContext } from "./message.ts";

/** What the log needs of the panel. */
export interface LogHost extends Omit<LogContext, "botName" | "locale"> {
  readonly session: ChatSession;
  readonly locale: Locale;
  readonly botName: string;
  intro(): TemplateResult | null;
  choose(suggestion: Suggestion): void;
  update(): void;
}

/** The log of a panel. */
export class Log {
  readonly #host: LogHost;
  readonly #scroller = new LogScroller();
  readonly #lines = new LineList();
  #drawnBotName = "";
  #isStale = false;

  constructor(host: LogHost) {
    this.#host = host;
  }

  /** Scroll to the end with the next drawing. */
  stick(): void {
    this.#scroller.stick();
  }

  /** Draw all lines again with the next drawing, because something that is no property of them has changed. */
  invalidate(): void {
    this.#isStale = true;
  }

  /** Call it before the template is rendered. */
  beforeRender(root: ParentNode): void {
    this.#scroller.remember(root.querySelector(".log"));
  }

  render(): TemplateResult {
    const { session, locale } = this.#host;
    const { isLoadingEarlier, isTyping, rows, suggestions } = session;
    const { texts } = locale;
    const [start, end] = this.#scroller.getRange(rows);
    const isComplete = start === 0 && !session.hasEarlier;
    const isAtLastRow = end === rows.length;
    return html`<div class="main">
      <div class="log" role="log" aria-live="off" aria-label=${texts.messages} tabindex="0" @scroll=${(event: Event) => this.#onScroll(event)}>
        ${isComplete ? (this.#host.intro() ?? nothing) : nothing}
        ${isLoadingEarlier ? html`<p class="day">${texts.loadingEarlier}</p>` : nothing}
        <div class="lines" @click=${(event: Event) => this.#onClick(event)}></div>
        ${isTyping && isAtLastRow ? renderTyping(texts.typing) : nothing}
        ${suggestions.length > 0 && isAtLastRow ? this.#renderSuggestions(suggestions) : nothing}
      </div>
      ${this.#scroller.isAtEnd ? nothing : this.#renderScrollButton()}
    </div>`;
  }

  /** Call it after the template was rendered. */
  afterRender(root: ParentNode): void {
    const container = root.querySelector(".lines");
    if (container === null) return;
    const { session, locale, botName } = this.#host;
    const { rows } = session;
    const lines = listLines(rows, ...this.#scroller.getRange(rows), locale.tag);
    const isNew = this.#isStale || botName !== this.#drawnBotName;
    this.#drawnBotName = botName;
    this.#isStale = false;
    this.#lines.update(container, lines, this.#host, isNew);
    this.#scroller.restore(root.querySelector(".log"));
  }

  #renderSuggestions(suggestions: readonly Suggestion[]): TemplateResult {
    return html`<div class="suggestions" role="group" aria-label=${this.#host.locale.texts.suggestions} @keydown=${moveFocus}>
      ${suggestions.map(
        (suggestion) =>
          html`<button type="button" dir="auto" @click=${() => this.#host.choose(suggestion)}>${suggestion.text}</button>`,
      )}
    </div>`;
  }

  #renderScrollButton(): TemplateResult {
    const scroll = (): void => {
      this.stick();
      this.#host.update();
    };
    return html`<button class="to-end" type="button" aria-label=${this.#host.locale.texts.newMessages} @click=${scroll}>
      ${renderIcon("down")}
    </button>`;
  }

  #onScroll(event: Event): void {
    const log = event.currentTarget as Element;
    const { session } = this.#host;
    if (this.#scroller.onScroll(log, session.rows)) this.#host.update();
    if (this.#scroller.isNearStart(log, session.rows)) void session.loadEarlier();
  }

  /** The buttons in code blocks are no part of a template. */
  #onClick({ target }: Event): void {
    const button = (target as Element).closest<HTMLElement>(".copy-code");
    const code = button?.parentElement?.querySelector("code")?.textContent;
    if (button != null && code != null) this.#host.copy(code, button);
  }
}

function renderTyping(label: string): TemplateResult {
  return html`<div class="message bot typing" role="img" aria-label=${label}>
    <div class="bubble"><span></span><span></span><span></span></div>
  </div>`;
}

/** Move the focus between quick replies by the arrow keys. */
function moveFocus(event: KeyboardEvent): void {
  const isBack = ["ArrowLeft", "ArrowUp"].includes(event.key);
  if (!isBack && !["ArrowRight", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const button = event.target as HTMLElement;
  const isMirrored = getComputedStyle(button).direction === "rtl" && event.key.endsWith("t");
  const next = isBack === isMirrored ? button.nextElementSibling : button.previousElementSibling;
  if (next instanceof HTMLElement) next.focus();
}
