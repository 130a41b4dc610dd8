// @ts-check
/** @import { BotSummary } from "../client/dist/index.js" */
/** @import { Inbox } from "./inbox.js" */
/** @import { Summary } from "./types.js" */
import { arrange, byId, make, setText } from "./dom.js";
import { exactTimeOf, momentOf } from "./times.js";

const NARROW = "(width < 50rem)";

/**
 * @typedef {object} Actions
 * @property {(id: string) => void} open
 * @property {(bot?: BotSummary) => void} start With one of the bots, or the default one.
 * @property {() => Promise<readonly BotSummary[]>} bots
 * @property {() => Promise<void>} more
 */

/** The list of conversations: beside the conversation where there is room, over it on a phone. */
export class Sidebar {
  #sidebar = byId("sidebar", HTMLElement);
  #stage = byId("stage", HTMLElement);
  #scrim = byId("scrim", HTMLElement);
  #opener = byId("sidebar-open", HTMLButtonElement);
  #list = byId("inbox", HTMLElement);
  #empty = byId("inbox-empty", HTMLElement);
  #more = byId("inbox-more", HTMLButtonElement);
  #botsMenu = byId("bots-menu", HTMLElement);
  #bots = byId("bots", HTMLElement);
  #actions;
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#opener.addEventListener("click", () => this.#drawer(true));
    this.#scrim.addEventListener("click", () => this.#drawer(false));
    // Turned to landscape, the list stands beside the conversation again.
    matchMedia(NARROW).addEventListener("change", () => this.#drawer(false));
    byId("sidebar-close", HTMLButtonElement).addEventListener("click", () => this.#drawer(false));
    this.#sidebar.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#drawer(false);
    });
    byId("new-conversation", HTMLButtonElement).addEventListener("click", () => {
      this.#drawer(false);
      actions.start();
    });
    this.#botsMenu.addEventListener("beforetoggle", (event) => {
      if (event.newState === "open") void this.#offerBots();
    });
    this.#more.addEventListener("click", async () => {
      this.#more.disabled = true;
      await actions.more();
      this.#more.disabled = false;
    });
  }

  /** @param {boolean} shown Only whoever is signed in has a list. */
  show(shown) {
    this.#sidebar.hidden = !shown;
    this.#opener.hidden = !shown;
    if (!shown) this.#drawer(false);
  }

  /**
   * @param {Inbox} inbox
   * @param {string | null} openId
   */
  render(inbox, openId) {
    const focused = document.activeElement;
    arrange(
      this.#list,
      inbox.items.map((item) => this.#item(item, item.id === openId)),
    );
    if (focused instanceof HTMLElement && this.#list.contains(focused)) focused.focus();
    this.#empty.hidden = inbox.items.length > 0;
    this.#more.hidden = !inbox.hasMore;
    const unread = inbox.items.some((item) => item.unread);
    this.#opener.classList.toggle("unread", unread);
    this.#opener.setAttribute("aria-label", unread ? "Conversations, new messages" : "Conversations");
  }

  /**
   * @param {Summary} item
   * @param {boolean} isOpen
   */
  #item(item, isOpen) {
    let element = this.#elements.get(item.id);
    if (!element) {
      element = summary();
      element.firstElementChild?.addEventListener("click", () => {
        this.#drawer(false);
        this.#actions.open(item.id);
      });
      this.#elements.set(item.id, element);
    }
    const [button] = element.getElementsByTagName("button");
    button.classList.toggle("unread", Boolean(item.unread));
    if (isOpen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const [name, time, last, unread] = button.children;
    setText(name, item.bot_name || "Conversation");
    setText(time, momentOf(item.last_activity));
    time.setAttribute("datetime", item.last_activity);
    time.setAttribute("title", exactTimeOf(item.last_activity));
    setText(last, (item.status === "archived" ? "Archived · " : "") + (item.last_message || "No messages yet"));
    setText(unread, item.unread ? "New messages" : "");
    return element;
  }

  async #offerBots() {
    this.#bots.replaceChildren();
    const bots = await this.#actions.bots();
    this.#bots.replaceChildren(...bots.map((bot) => this.#bot(bot)));
    if (bots.length === 0) this.#botsMenu.hidePopover();
  }

  /** @param {BotSummary} bot */
  #bot(bot) {
    const about = make("span", { class: "menu-more" }, bot.description);
    const button = make("button", { type: "button", class: "menu-item" }, bot.name, about);
    button.addEventListener("click", () => {
      this.#botsMenu.hidePopover();
      this.#drawer(false);
      this.#actions.start(bot);
    });
    return make("li", {}, button);
  }

  /** @param {boolean} open */
  #drawer(open) {
    const was = this.#sidebar.classList.contains("open");
    this.#sidebar.classList.toggle("open", open);
    this.#scrim.hidden = !open;
    this.#stage.inert = open;
    this.#opener.setAttribute("aria-expanded", String(open));
    if (open) byId("sidebar-close", HTMLButtonElement).focus();
    else if (was) this.#opener.focus();
  }
}

function summary() {
  const button = make(
    "button",
    { type: "button", class: "summary" },
    make("span", { class: "summary-name" }),
    make("time", { class: "summary-time" }),
    make("span", { class: "summary-last" }),
    make("span", { class: "hidden-label" }),
  );
  return make("li", {}, button);
}
