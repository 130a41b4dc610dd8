// @ts-check
/** @import { FailureReason, Suggestion } from "../client/dist/index.js" */
/** @import { Thread } from "./thread.js" */
/** @import { Line } from "./types.js" */
import { arrange, byId, icon, make, setText } from "./dom.js";
import { dayKeyOf, dayOf, exactTimeOf, timeOf } from "./times.js";

const GROUP_MS = 5 * 60_000;
const NEAR_THE_END_PX = 80;
const QUIET_AFTER_LOADING_MS = 300;

/**
 * @typedef {object} Actions
 * @property {(clientId: string) => void} retry
 * @property {(suggestion: Suggestion) => void} suggest
 * @property {() => Promise<void>} loadEarlier
 */

/** The conversation on screen: bubbles, days, what the bot suggests, and that it is typing. */
export class MessageList {
  #scroll = byId("scroll", HTMLElement);
  #messages = byId("messages", HTMLElement);
  #earlier = byId("earlier", HTMLButtonElement);
  #typing = byId("typing", HTMLElement);
  #suggestions = byId("suggestions", HTMLElement);
  #toEnd = byId("to-end", HTMLButtonElement);
  #actions;
  /** @type {Thread | null} */
  #thread = null;
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();
  #firstKey = "";
  #lastKey = "";
  #shownSuggestions = "";
  #quietTimer = 0;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#earlier.addEventListener("click", () => void this.#loadEarlier());
    new IntersectionObserver(([seen]) => seen.isIntersecting && void this.#loadEarlier(), {
      root: this.#scroll,
    }).observe(this.#earlier);
    this.#toEnd.addEventListener("click", () => this.#scrollToEnd());
    this.#scroll.addEventListener("scroll", () => {
      if (this.#atEnd) this.#toEnd.hidden = true;
    });
    // The composer grows and keyboards open: whoever was at the end stays there.
    let wasAtEnd = true;
    this.#scroll.addEventListener("scroll", () => (wasAtEnd = this.#atEnd));
    new ResizeObserver(() => wasAtEnd && this.#scrollToEnd()).observe(this.#scroll);
  }

  /** Put the focus where the conversation can be read on. */
  focus() {
    this.#scroll.focus({ preventScroll: true });
  }

  /** @param {Thread} thread */
  render(thread) {
    const { lines } = thread;
    const another = thread !== this.#thread;
    const wasAtEnd = another || this.#atEnd;
    if (another) this.#begin(thread);
    const children = this.#children(lines, thread.botName);
    if (children.filter((child) => !child.isConnected).length > 3) this.#beQuiet();
    const firstKey = lines.at(0)?.key ?? "";
    const prepended = firstKey !== this.#firstKey;
    this.#firstKey = firstKey;
    const fromEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    arrange(this.#messages, children);
    this.#earlier.hidden = !thread.hasEarlier;
    this.#typing.hidden = !thread.typing;
    this.#typing.setAttribute("aria-label", `${thread.botName} is typing`);
    setText(part(this.#typing, ".avatar"), initialOf(thread.botName));
    this.#renderSuggestions(thread.suggestions);
    if (prepended) this.#scroll.scrollTop = this.#scroll.scrollHeight - fromEnd;
    this.#follow(lines, wasAtEnd);
  }

  /** @param {Thread} thread */
  #begin(thread) {
    this.#thread = thread;
    this.#elements.clear();
    this.#lastKey = "";
    this.#beQuiet();
  }

  /**
   * @param {Line[]} lines
   * @param {string} botName
   * @returns {HTMLElement[]}
   */
  #children(lines, botName) {
    const children = [];
    let day = "";
    for (const [index, line] of lines.entries()) {
      const next = lines.at(index + 1);
      if (line.kind === "message" && dayKeyOf(line.timestamp) !== day) {
        day = dayKeyOf(line.timestamp);
        children.push(this.#element(`day ${line.section} ${day}`, () => divider("day")));
        setText(children[children.length - 1], dayOf(line.timestamp));
      }
      children.push(this.#line(line, botName, !next || !sameGroup(line, next)));
    }
    return children;
  }

  /**
   * @param {Line} line
   * @param {string} botName
   * @param {boolean} endsGroup
   */
  #line(line, botName, endsGroup) {
    if (line.kind === "note") {
      const note = this.#element(line.key, () => divider("note"));
      setText(note, line.content);
      return note;
    }
    const element = this.#element(line.key, () => bubble(line));
    element.classList.toggle("ends-group", endsGroup);
    element.classList.toggle("failed", line.delivery === "failed");
    element.classList.toggle("unanswered", line.unanswered === true);
    setText(part(element, ".speaker"), line.sender === "user" ? "You: " : `${botName}: `);
    if (line.sender === "bot") setText(part(element, ".avatar"), initialOf(botName));
    const time = part(element, "time");
    time.setAttribute("datetime", line.timestamp);
    time.title = exactTimeOf(line.timestamp);
    setText(time, timeOf(line.timestamp));
    if (line.sender === "user") this.#renderDelivery(part(element, ".delivery"), line);
    return element;
  }

  /**
   * @param {HTMLElement} element
   * @param {Line} line
   */
  #renderDelivery(element, { delivery, reason, clientMessageId, unanswered }) {
    const state = `${delivery} ${reason ?? ""} ${unanswered ?? ""}`;
    if (element.dataset.state === state) return;
    element.dataset.state = state;
    if (delivery === "sending") return element.replaceChildren(icon("clock"), "Sending");
    if (unanswered) return element.replaceChildren(icon("alert"), "Delivered, but the bot could not answer");
    if (delivery === "delivered") return element.replaceChildren(icon("check"), "Delivered");
    const retry = make("button", { type: "button", class: "retry" }, "Retry");
    retry.addEventListener("click", () => this.#actions.retry(clientMessageId ?? ""));
    element.replaceChildren(icon("alert"), `${reasonOf(reason)}. `, retry);
  }

  /** @param {readonly Suggestion[]} suggestions */
  #renderSuggestions(suggestions) {
    const shown = JSON.stringify(suggestions);
    this.#suggestions.hidden = suggestions.length === 0;
    if (shown === this.#shownSuggestions) return;
    this.#shownSuggestions = shown;
    this.#suggestions.replaceChildren(
      ...suggestions.map((suggestion) => {
        const button = make("button", { type: "button", class: "suggestion" }, suggestion.text);
        button.addEventListener("click", () => this.#actions.suggest(suggestion));
        return button;
      }),
    );
  }

  /**
   * Stay at the end, or say that something new is there.
   *
   * @param {Line[]} lines
   * @param {boolean} wasAtEnd
   */
  #follow(lines, wasAtEnd) {
    const last = lines.at(-1);
    const isNew = last !== undefined && last.key !== this.#lastKey;
    this.#lastKey = last?.key ?? "";
    const mine = isNew && last.sender === "user" && last.delivery === "sending";
    if (wasAtEnd || mine) this.#scrollToEnd();
    else if (isNew) this.#toEnd.hidden = false;
  }

  async #loadEarlier() {
    if (this.#earlier.disabled || this.#earlier.hidden) return;
    this.#earlier.disabled = true;
    await this.#actions.loadEarlier();
    this.#earlier.disabled = false;
  }

  /** A page of history is not news: do not read it out. */
  #beQuiet() {
    this.#scroll.setAttribute("aria-live", "off");
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => this.#scroll.setAttribute("aria-live", "polite"), QUIET_AFTER_LOADING_MS);
  }

  /**
   * @param {string} key
   * @param {() => HTMLElement} create
   */
  #element(key, create) {
    let element = this.#elements.get(key);
    if (!element) this.#elements.set(key, (element = create()));
    return element;
  }

  get #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END_PX;
  }

  #scrollToEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#toEnd.hidden = true;
  }
}

/** @param {FailureReason | undefined} reason */
function reasonOf(reason) {
  if (reason === "unconfirmed" || reason === "stale") return "The server did not confirm it";
  return reason === "payload_too_large" ? "Too large to send" : "Not sent";
}

/** @param {Line} line */
function bubble({ sender, content }) {
  const text = make("p", { class: "bubble" }, make("span", { class: "speaker hidden-label" }), content);
  const meta = make("p", { class: "meta" }, make("time"));
  if (sender === "user") meta.append(make("span", { class: "delivery" }));
  const avatar = sender === "bot" ? [make("span", { class: "avatar", "aria-hidden": "true" })] : [];
  return make("div", { class: `message from-${sender}` }, ...avatar, text, meta);
}

/** @param {string} name What stands for it in a small circle. */
export const initialOf = (name) => name.slice(0, 1).toUpperCase();

/** @param {"day" | "note"} kind */
function divider(kind) {
  return make("p", { class: kind });
}

/**
 * @param {HTMLElement} element
 * @param {string} selector
 * @returns {HTMLElement}
 */
function part(element, selector) {
  return /** @type {HTMLElement} */ (element.querySelector(selector));
}

/**
 * @param {Line} a
 * @param {Line} b
 */
function sameGroup(a, b) {
  return (
    b.kind === "message" &&
    a.sender === b.sender &&
    a.section === b.section &&
    !a.unanswered &&
    a.delivery === "delivered" &&
    b.delivery === "delivered" &&
    dayKeyOf(a.timestamp) === dayKeyOf(b.timestamp) &&
    Date.parse(b.timestamp) - Date.parse(a.timestamp) < GROUP_MS
  );
}
