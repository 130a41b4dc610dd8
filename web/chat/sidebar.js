// @ts-check
/** @import { BotSummary } from "../client/dist/index.js" */
/** @import { Inbox } from "./inbox.js" */
/** @import { InboxItem } from "./types.js" */
import { createElement, getById, setText, updateChildren } from "./dom.js";
import { formatExactTime, formatShortDate } from "./times.js";

const NARROW = "(width < 50rem)";

/**
 * @typedef {object} SidebarActions
 * @property {(id: string) => void} openConversation
 * @property {(bot?: BotSummary) => void} startConversation With the default bot if none is given.
 * @property {() => Promise<readonly BotSummary[]>} listBots
 * @property {() => Promise<void>} loadMore
 */

/** The list of conversations: beside the conversation on wide screens, a drawer over it on narrow ones. */
export class Sidebar {
  #sidebar = getById("sidebar", HTMLElement);
  #chatPane = getById("chat-pane", HTMLElement);
  #scrim = getById("scrim", HTMLElement);
  #openButton = getById("sidebar-open", HTMLButtonElement);
  #list = getById("inbox", HTMLElement);
  #state = getById("inbox-state", HTMLElement);
  #moreButton = getById("inbox-more", HTMLButtonElement);
  #botsMenu = getById("bots-menu", HTMLElement);
  #botList = getById("bot-list", HTMLElement);
  #actions;
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();

  /** @param {SidebarActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#openButton.addEventListener("click", () => this.#setDrawerOpen(true));
    this.#scrim.addEventListener("click", () => this.#setDrawerOpen(false));
    // On a wide screen, for example after a rotation, the list is no drawer any more.
    matchMedia(NARROW).addEventListener("change", () => this.#setDrawerOpen(false));
    getById("sidebar-close", HTMLButtonElement).addEventListener("click", () => this.#setDrawerOpen(false));
    this.#sidebar.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#setDrawerOpen(false);
    });
    getById("new-conversation", HTMLButtonElement).addEventListener("click", () => {
      this.#setDrawerOpen(false);
      actions.startConversation();
    });
    this.#botsMenu.addEventListener("beforetoggle", (event) => {
      if (event.newState === "open") void this.#loadBots();
    });
    this.#moreButton.addEventListener("click", async () => {
      this.#moreButton.disabled = true;
      await actions.loadMore();
      this.#moreButton.disabled = false;
    });
  }

  /** @param {boolean} isVisible Visitors have no list. */
  setVisible(isVisible) {
    this.#sidebar.hidden = !isVisible;
    this.#openButton.hidden = !isVisible;
    if (!isVisible) this.#setDrawerOpen(false);
  }

  /**
   * @param {Inbox} inbox
   * @param {string | null} openId
   */
  render(inbox, openId) {
    const focusedElement = document.activeElement;
    updateChildren(
      this.#list,
      inbox.items.map((item) => this.#renderItem(item, item.id === openId)),
    );
    if (focusedElement instanceof HTMLElement && this.#list.contains(focusedElement)) focusedElement.focus();
    this.#state.hidden = inbox.isLoaded && inbox.items.length > 0;
    setText(this.#state, inbox.isLoaded ? "No conversations yet." : "Loading conversations…");
    this.#moreButton.hidden = inbox.cursor === null;
    const hasUnread = inbox.items.some((item) => item.unread);
    this.#openButton.classList.toggle("unread", hasUnread);
    this.#openButton.setAttribute("aria-label", hasUnread ? "Conversations, new messages" : "Conversations");
  }

  /**
   * @param {InboxItem} item
   * @param {boolean} isOpen
   */
  #renderItem(item, isOpen) {
    let element = this.#elements.get(item.id);
    if (!element) {
      element = createItemElement();
      element.firstElementChild?.addEventListener("click", () => {
        this.#setDrawerOpen(false);
        this.#actions.openConversation(item.id);
      });
      this.#elements.set(item.id, element);
    }
    const [button] = element.getElementsByTagName("button");
    button.classList.toggle("unread", Boolean(item.unread));
    if (isOpen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const [name, time, archivedLabel, lastMessage, unreadLabel] = button.children;
    setText(name, item.bot_name || "Conversation");
    setText(time, formatShortDate(item.last_activity));
    time.setAttribute("datetime", item.last_activity);
    time.setAttribute("title", formatExactTime(item.last_activity));
    setText(archivedLabel, item.status === "archived" ? "Archived" : "");
    setText(lastMessage, item.last_message || "No messages yet");
    setText(unreadLabel, item.unread ? "New messages" : "");
    return element;
  }

  async #loadBots() {
    this.#botList.replaceChildren();
    const bots = await this.#actions.listBots();
    this.#botList.replaceChildren(...bots.map((bot) => this.#createBotItem(bot)));
    if (bots.length === 0) this.#botsMenu.hidePopover();
  }

  /** @param {BotSummary} bot */
  #createBotItem(bot) {
    const description = createElement("span", { class: "menu-description", dir: "auto" }, bot.description);
    const name = createElement("span", { class: "menu-name", dir: "auto" }, bot.name);
    const button = createElement("button", { type: "button", class: "menu-item" }, name, description);
    button.addEventListener("click", () => {
      this.#botsMenu.hidePopover();
      this.#setDrawerOpen(false);
      this.#actions.startConversation(bot);
    });
    return createElement("li", {}, button);
  }

  /** @param {boolean} isOpen */
  #setDrawerOpen(isOpen) {
    const wasOpen = this.#sidebar.classList.contains("open");
    this.#sidebar.classList.toggle("open", isOpen);
    this.#scrim.hidden = !isOpen;
    this.#chatPane.inert = isOpen;
    this.#openButton.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) getById("sidebar-close", HTMLButtonElement).focus();
    else if (wasOpen) this.#openButton.focus();
  }
}

function createItemElement() {
  const button = createElement(
    "button",
    { type: "button", class: "inbox-item" },
    createElement("span", { class: "inbox-item-name", dir: "auto" }),
    createElement("time", { class: "inbox-item-time" }),
    createElement("span", { class: "inbox-item-archived" }),
    createElement("span", { class: "inbox-item-message", dir: "auto" }),
    createElement("span", { class: "visually-hidden" }),
  );
  return createElement("li", {}, button);
}
