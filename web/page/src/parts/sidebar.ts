/**
 * The list of conversations: beside the conversation on wide screens, a drawer over it on narrow ones.
 *
 * @module
 */

import { repeat } from "lit/directives/repeat.js";
import { type TemplateResult, html, nothing } from "lit/html.js";
import type { BotSummary } from "../../../client/src/protocol.ts";
import type { ConversationList, Item } from "../list/conversation-list.ts";
import { toPlainText } from "../plain-text.ts";
import { formatRoute } from "../route.ts";
import type { Texts } from "../texts/index.ts";
import type { Times } from "../times.ts";
import { renderIcon } from "./icon.ts";

export interface SidebarState {
  readonly list: ConversationList;
  readonly openId: string | null;
  readonly isDrawerOpen: boolean;
  readonly search: string;
  /** Whether more pages are being loaded. */
  readonly isLoading: boolean;
  readonly bots: readonly BotSummary[];
}

export interface SidebarActions {
  open(id: string): void;
  /** Start a conversation, with the default bot if none is given. */
  start(bot?: BotSummary): void;
  loadBots(): void;
  loadMore(): void;
  search(text: string): void;
  /** The menu of a conversation is going to be shown. */
  chooseItem(item: Item): void;
  closeDrawer(): void;
}

/** Return the name of a conversation: its title, or the name of its bot. */
export const getName = ({ title, bot_name: botName }: Item, texts: Texts): string =>
  title || botName || texts.conversation;

/** Return the template of the list. */
export function renderSidebar(state: SidebarState, texts: Texts, times: Times, actions: SidebarActions): TemplateResult {
  const onKeyDown = ({ key }: KeyboardEvent): void => {
    if (key === "Escape") actions.closeDrawer();
  };
  return html`<nav
    class="sidebar ${state.isDrawerOpen ? "open" : ""}"
    id="sidebar"
    aria-label=${texts.conversations}
    @keydown=${onKeyDown}
  >
    <div class="sidebar-header">
      <h2>${texts.conversations}</h2>
      <button
        class="icon-button sidebar-close"
        id="sidebar-close"
        type="button"
        aria-label=${texts.closeList}
        @click=${() => actions.closeDrawer()}
      >
        ${renderIcon("close")}
      </button>
    </div>
    ${renderNewConversation(state.bots, texts, actions)} ${renderSearch(state, texts, actions)}
    ${renderList(state, texts, times, actions)}
  </nav>`;
}

function renderNewConversation(bots: readonly BotSummary[], texts: Texts, actions: SidebarActions): TemplateResult {
  const onToggle = ({ newState }: ToggleEvent): void => {
    if (newState === "open") actions.loadBots();
  };
  const start = (event: Event, bot: BotSummary): void => {
    (event.currentTarget as Element).closest<HTMLElement>("[popover]")?.hidePopover();
    actions.start(bot);
  };
  return html`<div class="new-conversation">
    <button class="new-button" id="new-conversation" type="button" @click=${() => actions.start()}>
      ${renderIcon("plus")} ${texts.newConversation}
    </button>
    <button class="new-button" id="choose-bot" type="button" popovertarget="bots-menu" aria-label=${texts.chooseBot}>
      ${renderIcon("down")}
    </button>
    <div class="menu bots-menu" id="bots-menu" popover @beforetoggle=${onToggle}>
      <p class="menu-title" id="bots-title">${texts.startWith}</p>
      <ul id="bot-list" aria-labelledby="bots-title">
        ${bots.map(
          (bot) => html`<li>
            <button type="button" class="menu-item" @click=${(event: Event) => start(event, bot)}>
              <span class="menu-name" dir="auto">${bot.name}</span>
              <span class="menu-description" dir="auto">${bot.description}</span>
            </button>
          </li>`,
        )}
      </ul>
    </div>
  </div>`;
}

function renderSearch({ list, search }: SidebarState, texts: Texts, actions: SidebarActions): TemplateResult | typeof nothing {
  if (list.items.length < 2 && list.cursor === null && search === "") return nothing;
  return html`<div class="search">
    ${renderIcon("search")}
    <input
      type="search"
      id="search"
      dir=${search === "" ? nothing : "auto"}
      autocomplete="off"
      aria-label=${texts.search}
      placeholder=${texts.search}
      .value=${search}
      @input=${(event: Event) => actions.search((event.currentTarget as HTMLInputElement).value)}
    />
  </div>`;
}

function renderList(state: SidebarState, texts: Texts, times: Times, actions: SidebarActions): TemplateResult {
  const { list, search, isLoading } = state;
  const items = list.search(search);
  const isSearch = search.trim() !== "";
  let text = isSearch ? texts.noMatches : texts.noConversations;
  if (!list.isLoaded || isLoading) text = texts.loadingList;
  return html`<div class="inbox">
    <ul id="inbox">
      ${repeat(
        items,
        ({ id }) => id,
        (item) => renderItem(item, item.id === state.openId, texts, times, actions),
      )}
    </ul>
    <p class="inbox-state" id="inbox-state" role="status" ?hidden=${list.isLoaded && items.length > 0}>${text}</p>
    <button
      class="secondary-button inbox-more"
      type="button"
      ?hidden=${list.cursor === null || isSearch}
      ?disabled=${isLoading}
      @click=${() => actions.loadMore()}
    >
      ${texts.showMore}
    </button>
  </div>`;
}

function renderItem(item: Item, isOpen: boolean, texts: Texts, times: Times, actions: SidebarActions): TemplateResult {
  const name = getName(item, texts);
  const open = (event: MouseEvent): void => {
    // The browser opens other tabs itself.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    actions.open(item.id);
  };
  return html`<li class="inbox-row ${item.unread === true ? "unread" : ""}">
    <a class="inbox-item" href=${formatRoute(item.id)} aria-current=${isOpen ? "page" : nothing} @click=${open}>
      <span class="inbox-item-name" dir="auto">${name}</span>
      <time class="inbox-item-time" datetime=${item.last_activity} title=${times.formatExact(item.last_activity)}>
        ${times.formatShort(item.last_activity)}
      </time>
      <span class="inbox-item-details">
        ${item.status === "archived" ? html`<span class="inbox-item-mark">${texts.archived}</span>` : nothing}
        ${item.title ? html`<span class="inbox-item-mark" dir="auto">${item.bot_name}</span>` : nothing}
        <span class="inbox-item-message" dir="auto">${toPlainText(item.last_message) || texts.noMessages}</span>
      </span>
      ${item.unread === true ? html`<span class="visually-hidden">${texts.newMessages}</span>` : nothing}
    </a>
    <button
      class="icon-button inbox-item-menu"
      type="button"
      popovertarget="item-menu"
      aria-label=${texts.actionsOf(name)}
      @click=${() => actions.chooseItem(item)}
    >
      ${renderIcon("dots")}
    </button>
  </li>`;
}
