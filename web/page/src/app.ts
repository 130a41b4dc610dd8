/**
 * The page: connects the state to what is on the screen, and to the address.
 *
 * @module
 */

import { type TemplateResult, html, nothing, render } from "lit/html.js";
import type { BotSummary } from "../../client/src/protocol.ts";
import { AccountController } from "./account/account-controller.ts";
import type { Start } from "./account/sign-in.ts";
import type { Chat } from "./chat.ts";
import type { Config } from "./config.ts";
import type { Item } from "./list/conversation-list.ts";
import { handleMenuKey } from "./menu-keys.ts";
import { renderAccount } from "./parts/account-menu.ts";
import { renderEraseDialog, renderRenameDialog } from "./parts/dialogs.ts";
import { renderItemMenu } from "./parts/item-menu.ts";
import { Pane } from "./parts/pane.ts";
import { renderSidebar } from "./parts/sidebar.ts";
import { renderToast } from "./parts/toast.ts";
import { formatRoute, parseRoute } from "./route.ts";
import { type Language, type Locale, storeLanguage } from "./texts/index.ts";
import { getOpenId } from "./thread.ts";
import { Times } from "./times.ts";
import { Toast } from "./toast.ts";

/** Below this width the list is a drawer, as in the style sheet. */
const NARROW = "(width < 50rem)";

export class App {
  readonly #root: HTMLElement;
  readonly #config: Config;
  readonly #locale: Locale;
  readonly #times: Times;
  readonly #toast = new Toast(() => this.#schedule());
  readonly #accounts: AccountController;
  readonly #pane: Pane;
  #search = "";
  #bots: readonly BotSummary[] = [];
  #chosenItem: Item | null = null;
  #isDrawerOpen = false;
  #isScheduled = false;

  constructor(root: HTMLElement, config: Config, locale: Locale) {
    this.#root = root;
    this.#config = config;
    this.#locale = locale;
    this.#times = new Times(locale);
    this.#accounts = new AccountController(config, locale, this.#toast, {
      onChange: () => this.#schedule(),
      onToast: (content) => this.#toast.show(content),
      onOpened: (id, isNewEntry) => this.#setAddress(id, isNewEntry),
      onSignedOut: () => void this.#accounts.onSignedOut(),
    });
    this.#pane = new Pane(locale, {
      openNewest: () => this.#chat.openNewest(),
      reopen: () => void this.#reopen(),
    });
  }

  start(start: Start): void {
    addEventListener("popstate", () => this.#openAddress());
    addEventListener("keydown", handleMenuKey);
    addEventListener("keydown", (event) => this.#onKeyDown(event));
    addEventListener("online", () => this.#schedule());
    addEventListener("offline", () => this.#schedule());
    // On a wide screen, for example after a rotation, the list is no drawer any more.
    matchMedia(NARROW).addEventListener("change", () => this.#setDrawerOpen(false));
    this.#accounts.start(start, parseRoute(location.hash));
    this.#draw();
    this.#pane.focus();
  }

  get #chat(): Chat {
    return this.#accounts.chat;
  }

  // -- drawing -------------------------------------------------------------------------------------------------------

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
    const { texts } = this.#locale;
    const { account } = this.#chat;
    render(
      html`<a class="skip-link" href="#conversation" @click=${this.#skip}>${texts.skipToField}</a>
        <div class="app">
          ${account === null ? nothing : this.#renderSidebar()}
          <div class="chat-pane" id="chat-pane" ?inert=${this.#isDrawerOpen}>${this.#renderPane()}</div>
        </div>
        ${this.#renderOverlays()} ${renderToast(this.#toast)}`,
      this.#root,
    );
    document.title = this.#formatTitle();
    this.#pane.onDrawn();
  }

  #renderSidebar(): TemplateResult {
    const chat = this.#chat;
    const state = {
      list: chat.list,
      openId: getOpenId(chat.thread),
      isDrawerOpen: this.#isDrawerOpen,
      search: this.#search,
      isLoading: chat.isLoadingList,
      bots: this.#bots,
    };
    return html`${renderSidebar(state, this.#locale.texts, this.#times, {
        open: (id) => this.#choose(() => chat.open(id)),
        start: (bot) => this.#choose(() => chat.startConversation(bot)),
        loadBots: () => void this.#loadBots(),
        loadMore: () => void chat.loadMore(),
        search: (text) => this.#setSearch(text),
        chooseItem: (item) => {
          this.#chosenItem = item;
          this.#draw();
        },
        closeDrawer: () => this.#setDrawerOpen(false),
      })}
      <div class="scrim" id="scrim" ?hidden=${!this.#isDrawerOpen} @click=${() => this.#setDrawerOpen(false)}></div>`;
  }

  #renderPane(): TemplateResult {
    const { language, texts } = this.#locale;
    const account = renderAccount(this.#chat.account, this.#config, language, texts, {
      signInAs: (username) => this.#choose(() => this.#accounts.signInAs(username)),
      signIn: () => void this.#accounts.signIn(),
      signOut: () => this.#choose(() => this.#accounts.signOut()),
      download: () => void this.#accounts.download(),
      erase: () => this.#showDialog("erase-dialog"),
      setLanguage: (next) => setLanguage(next),
    });
    const drawer = {
      isOpen: this.#isDrawerOpen,
      hasUnread: this.#chat.list.items.some(({ unread }) => unread === true),
      open: () => this.#setDrawerOpen(true),
    };
    return this.#pane.render(this.#chat, account, this.#chat.account === null ? null : drawer);
  }

  #renderOverlays(): TemplateResult {
    const { texts } = this.#locale;
    const actions = this.#accounts.listActions;
    const item = this.#chosenItem;
    return html`${renderItemMenu(item, texts, {
      rename: () => this.#showDialog("rename-dialog"),
      toggleArchived: (chosen) => void actions.toggleArchived(chosen),
      delete: (chosen) => actions.delete(chosen),
    })}
    ${renderRenameDialog(item?.title ?? "", item?.bot_name ?? "", texts, (title) => {
      if (item !== null) void actions.rename(item, title);
    })}
    ${renderEraseDialog(texts, () => void this.#accounts.erase())}`;
  }

  /** The name of the bot or the title of the conversation, and how many others have new messages. */
  #formatTitle(): string {
    const unread = this.#chat.list.items.filter((item) => item.unread === true).length;
    const name = this.#pane.getHeading(this.#chat);
    return unread === 0 ? name : `(${unread}) ${name}`;
  }

  // -- actions -------------------------------------------------------------------------------------------------------

  readonly #skip = (event: Event): void => {
    event.preventDefault();
    this.#pane.focusField();
  };

  /** Do something that shows another conversation. */
  #choose(action: () => Promise<void>): void {
    this.#setDrawerOpen(false);
    const done = action();
    this.#draw();
    this.#pane.focus();
    // The field may have been replaced meanwhile.
    void done.then(() => {
      if (document.activeElement === document.body) this.#pane.focus();
    });
  }

  /** Reopen the open conversation. */
  async #reopen(): Promise<void> {
    const item = this.#chat.list.find(getOpenId(this.#chat.thread));
    if (item !== undefined) await this.#accounts.listActions.toggleArchived(item);
    this.#pane.focus();
  }

  async #loadBots(): Promise<void> {
    this.#bots = [];
    this.#draw();
    this.#bots = await this.#chat.listBots();
    this.#draw();
    if (this.#bots.length === 0) this.#find("#bots-menu")?.hidePopover();
  }

  #setSearch(text: string): void {
    this.#search = text;
    void this.#chat.search(text);
    this.#draw();
  }

  #setDrawerOpen(isOpen: boolean): void {
    if (this.#isDrawerOpen === isOpen) return;
    this.#isDrawerOpen = isOpen;
    this.#draw();
    this.#find(isOpen ? "#sidebar-close" : "#sidebar-open")?.focus();
  }

  #showDialog(id: string): void {
    this.#draw();
    (this.#find(`#${id}`) as HTMLDialogElement | null)?.showModal();
  }

  #find(selector: string): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(selector);
  }

  /** Escape stops an answer, unless it has another meaning: in a menu, a dialog or the list, or while composing a text. */
  #onKeyDown({ key, isComposing, defaultPrevented }: KeyboardEvent): void {
    if (key !== "Escape" || isComposing || defaultPrevented || this.#isDrawerOpen) return;
    if (this.#find(":popover-open, dialog[open]") === null) this.#pane.stop();
  }

  // -- the address ---------------------------------------------------------------------------------------------------

  #openAddress(): void {
    const id = parseRoute(location.hash);
    if (id === null) this.#chat.openNewest();
    else void this.#chat.open(id, { isNewEntry: false });
  }

  #setAddress(id: string | null, isNewEntry: boolean): void {
    const address = id === null ? location.pathname : formatRoute(id);
    if (address === location.hash || (address === location.pathname && location.hash === "")) return;
    if (isNewEntry) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }
}

/** The texts are loaded with the page. */
function setLanguage(language: Language): void {
  storeLanguage(language);
  location.reload();
}
