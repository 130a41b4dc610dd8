// @ts-check
/** @import { Suggestion } from "../client/dist/index.js" */
/** @import { Thread } from "./thread.js" */
/** @import { Line } from "./types.js" */
import { Announcer } from "./announcer.js";
import { createElement, getById, isolate, setText, updateChildren } from "./dom.js";
import { createMessageElement, getInitial, getPart, updateMessageElement } from "./message-element.js";
import { formatDay, getDayKey } from "./times.js";

const GROUP_MS = 5 * 60_000;
const NEAR_END_PX = 80;
const QUIET_AFTER_LOADING_MS = 300;
/** More new elements than this are history, which a screen reader must not read. */
const MAX_ANNOUNCED_ELEMENTS = 3;

/**
 * @typedef {object} MessageListActions
 * @property {(clientMessageId: string) => void} retry
 * @property {(suggestion: Suggestion) => void} sendSuggestion
 * @property {() => Promise<void>} loadEarlier
 */

/** The conversation on screen: messages grouped by day, quick replies and the typing indicator. */
export class MessageList {
  #scroller = getById("message-log", HTMLElement);
  #messages = getById("messages", HTMLElement);
  #loadEarlierButton = getById("load-earlier", HTMLButtonElement);
  #loading = getById("loading", HTMLElement);
  #typingIndicator = getById("typing", HTMLElement);
  #suggestions = getById("suggestions", HTMLElement);
  #scrollToEndButton = getById("scroll-to-end", HTMLButtonElement);
  #announcer = new Announcer();
  #actions;
  /** @type {Thread | null} */
  #thread = null;
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();
  #firstKey = "";
  #lastKey = "";
  #renderedSuggestions = "";
  #quietTimer = 0;

  /** @param {MessageListActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#loadEarlierButton.addEventListener("click", () => void this.#loadEarlier());
    new IntersectionObserver(([button]) => button.isIntersecting && void this.#loadEarlier(), {
      root: this.#scroller,
    }).observe(this.#loadEarlierButton);
    this.#scrollToEndButton.addEventListener("click", () => this.#scrollToEnd());
    this.#scroller.addEventListener("scroll", () => {
      if (this.#isAtEnd) this.#scrollToEndButton.hidden = true;
    });
    // Stay at the end when the composer grows or a keyboard opens.
    let wasAtEnd = true;
    this.#scroller.addEventListener("scroll", () => (wasAtEnd = this.#isAtEnd));
    new ResizeObserver(() => wasAtEnd && this.#scrollToEnd()).observe(this.#scroller);
  }

  focus() {
    this.#scroller.focus({ preventScroll: true });
  }

  /** @param {Thread} thread */
  render(thread) {
    const { lines } = thread;
    const isOtherThread = thread !== this.#thread;
    const wasAtEnd = isOtherThread || this.#isAtEnd;
    if (isOtherThread) this.#reset(thread);
    const children = this.#renderLines(lines, thread.botName);
    if (children.filter((child) => !child.isConnected).length > MAX_ANNOUNCED_ELEMENTS) this.#pauseAnnouncements();
    const firstKey = lines.at(0)?.key ?? "";
    const hasNewFirstLine = firstKey !== this.#firstKey;
    this.#firstKey = firstKey;
    const distanceFromEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    updateChildren(this.#messages, children);
    this.#loading.hidden = !thread.isLoading;
    this.#loadEarlierButton.hidden = !thread.hasEarlier;
    this.#renderTypingIndicator(thread);
    this.#renderSuggestions(thread.suggestions);
    if (hasNewFirstLine) this.#scroller.scrollTop = this.#scroller.scrollHeight - distanceFromEnd;
    this.#followNewMessages(lines, wasAtEnd);
  }

  /** @param {Thread} thread */
  #reset(thread) {
    this.#thread = thread;
    this.#elements.clear();
    this.#lastKey = "";
    this.#announcer.reset();
    this.#pauseAnnouncements();
  }

  /**
   * @param {Line[]} lines
   * @param {string} botName
   * @returns {HTMLElement[]}
   */
  #renderLines(lines, botName) {
    const children = [];
    /** @type {Set<string>} The order of the server's and this device's clock can differ, but a day has one heading. */
    const days = new Set();
    for (const [index, line] of lines.entries()) {
      const next = lines.at(index + 1);
      const day = `day ${line.section} ${getDayKey(line.timestamp)}`;
      if (line.kind === "message" && !days.has(day)) {
        days.add(day);
        const heading = this.#getElement(day, () => createElement("p", { class: "day" }));
        setText(heading, formatDay(line.timestamp));
        children.push(heading);
      }
      children.push(this.#renderLine(line, botName, !next || !isSameGroup(line, next)));
    }
    return children;
  }

  /**
   * @param {Line} line
   * @param {string} botName
   * @param {boolean} endsGroup
   */
  #renderLine(line, botName, endsGroup) {
    if (line.kind === "note") {
      const note = this.#getElement(line.key, () => createElement("p", { class: "note" }));
      setText(note, line.content);
      return note;
    }
    const element = this.#getElement(line.key, () => createMessageElement(line));
    updateMessageElement(element, line, botName, endsGroup, this.#actions.retry);
    this.#announcer.update(line, botName);
    return element;
  }

  /** @param {Thread} thread */
  #renderTypingIndicator({ typing, botName }) {
    this.#typingIndicator.hidden = !typing;
    this.#typingIndicator.setAttribute("aria-label", `${isolate(botName)} is typing`);
    setText(getPart(this.#typingIndicator, ".avatar"), getInitial(botName));
  }

  /** @param {readonly Suggestion[]} suggestions */
  #renderSuggestions(suggestions) {
    const serialized = JSON.stringify(suggestions);
    this.#suggestions.hidden = suggestions.length === 0;
    if (serialized === this.#renderedSuggestions) return;
    this.#renderedSuggestions = serialized;
    this.#suggestions.replaceChildren(
      ...suggestions.map((suggestion) => {
        const button = createElement("button", { type: "button", class: "suggestion", dir: "auto" }, suggestion.text);
        button.addEventListener("click", () => this.#actions.sendSuggestion(suggestion));
        return button;
      }),
    );
  }

  /**
   * Scroll to a new or growing message, or show the button that does, if the user has scrolled up.
   *
   * @param {Line[]} lines
   * @param {boolean} wasAtEnd
   */
  #followNewMessages(lines, wasAtEnd) {
    const last = lines.at(-1);
    const isNew = last !== undefined && last.key !== this.#lastKey;
    this.#lastKey = last?.key ?? "";
    const wasSentHere = isNew && last.sender === "user" && last.delivery === "sending";
    if (wasAtEnd || wasSentHere) this.#scrollToEnd();
    else if (isNew || last?.streaming) this.#scrollToEndButton.hidden = false;
  }

  async #loadEarlier() {
    if (this.#loadEarlierButton.disabled || this.#loadEarlierButton.hidden) return;
    this.#loadEarlierButton.disabled = true;
    await this.#actions.loadEarlier();
    this.#loadEarlierButton.disabled = false;
  }

  /** Keep screen readers from reading a page of history as if it were new. */
  #pauseAnnouncements() {
    this.#scroller.setAttribute("aria-live", "off");
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => this.#scroller.setAttribute("aria-live", "polite"), QUIET_AFTER_LOADING_MS);
  }

  /**
   * @param {string} key
   * @param {() => HTMLElement} create
   */
  #getElement(key, create) {
    let element = this.#elements.get(key);
    if (!element) this.#elements.set(key, (element = create()));
    return element;
  }

  get #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #scrollToEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#scrollToEndButton.hidden = true;
  }
}

/**
 * Whether two consecutive lines are shown as one group, with the time below the last one only.
 *
 * @param {Line} a
 * @param {Line} b
 */
function isSameGroup(a, b) {
  return (
    b.kind === "message" &&
    a.sender === b.sender &&
    a.section === b.section &&
    !a.unanswered &&
    !a.finishReason &&
    a.delivery === "delivered" &&
    b.delivery === "delivered" &&
    getDayKey(a.timestamp) === getDayKey(b.timestamp) &&
    Date.parse(b.timestamp) - Date.parse(a.timestamp) < GROUP_MS
  );
}
