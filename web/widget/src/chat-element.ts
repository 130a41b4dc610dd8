/**
 * The custom element `<gb-chat>`.
 *
 * @module
 */

import { Launcher } from "./launcher.ts";
import { type Options, readOptions } from "./options.ts";
import type { ChatEvents, Panel } from "./panel-host.ts";
import { type ChosenLanguage, chooseLanguage } from "./strings/language.ts";
import { type LauncherTexts, getLauncherTexts } from "./strings/launcher.ts";
import type { PartTexts } from "./strings/part-texts.ts";
import type { Texts } from "./strings/texts.ts";
import { TabStorage } from "./tab-storage.ts";

type OwnTexts = Partial<Texts & LauncherTexts & PartTexts>;

/** Whether the chat is open, in the storage; missing before the first opening. */
const STATE = "state";
const UNREAD = "unread";

/**
 * A chat with a bot: a bubble, or a part of the page. It makes no request before it is opened first in a tab. Attributes
 * are read when the element is connected to the page.
 */
export class ChatElement extends HTMLElement {
  readonly #root = this.attachShadow({ mode: "open", delegatesFocus: false });
  #launcher: Launcher | null = null;
  #options: Options | null = null;
  #storage = new TabStorage();
  #panel: Promise<Panel> | null = null;
  #isOpen = false;
  #unread = 0;
  #observer: IntersectionObserver | null = null;
  #texts: OwnTexts = {};

  connectedCallback(): void {
    // A page may have set it before this script was loaded.
    if (Object.hasOwn(this, "texts")) {
      const { texts } = this;
      delete (this as { texts?: OwnTexts }).texts;
      this.texts = texts;
    }
    this.#launcher ??= this.#createLauncher();
    const state = this.#storage.getItem(STATE);
    if (this.#options?.isInline) this.#openWhenVisible();
    else if (state === "open") void this.#show({ movesFocus: false });
    // Messages may have arrived while the page was loaded.
    else if (state !== null) void this.#load().catch(() => undefined);
  }

  disconnectedCallback(): void {
    this.#observer?.disconnect();
    void this.#panel?.then((panel) => panel.disconnect());
  }

  /** Texts that replace those of the widget. Those of the panel are read when the chat is opened first. */
  get texts(): OwnTexts {
    return this.#texts;
  }

  set texts(texts: OwnTexts) {
    this.#texts = texts;
    this.#launcher?.setTexts(this.#launcherTexts);
  }

  /** Whether the chat is open. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The number of messages that arrived while the chat was closed. */
  get unread(): number {
    return this.#unread;
  }

  /** Open the chat and move the focus into it. */
  async open(): Promise<void> {
    await this.#show({ movesFocus: true });
  }

  /** Close the chat. It stays connected. A chat that is a part of the page cannot be closed. */
  close(): void {
    if (!this.#isOpen || this.#options?.isInline) return;
    this.#setOpen(false);
    this.#launcher?.focus();
  }

  /** Send a message as the visitor, whether the chat is open or closed. */
  async send(text: string): Promise<void> {
    (await this.#load()).send(text);
  }

  /** Stop the answer that the bot is writing. */
  async stop(): Promise<void> {
    (await this.#panel)?.stop();
  }

  #createLauncher(): Launcher {
    const options = readOptions(this, import.meta.url);
    this.#options = options;
    this.#storage = new TabStorage(options.apiUrl, options.bot ?? "");
    this.#unread = Number(this.#storage.getItem(UNREAD) ?? 0);
    const toggle = (): void => {
      if (this.#isOpen) this.close();
      else void this.open();
    };
    const texts = this.#launcherTexts;
    const label = options.heading ?? texts.chat;
    const launcher = new Launcher(this.#root, { label, isInline: options.isInline, texts }, toggle, () => this.close());
    launcher.update(false, this.#unread);
    return launcher;
  }

  #openWhenVisible(): void {
    this.#observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#observer?.disconnect();
      void this.#show({ movesFocus: false });
    });
    this.#observer.observe(this);
  }

  async #show({ movesFocus }: { readonly movesFocus: boolean }): Promise<void> {
    const wasOpen = this.#isOpen;
    this.#setOpen(true);
    const panel = await this.#load().catch(() => null);
    if (this.#isOpen && (movesFocus || !wasOpen)) panel?.activate(movesFocus);
  }

  #setOpen(isOpen: boolean): void {
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    this.#storage.setItem(STATE, isOpen ? "open" : "closed");
    if (isOpen) this.#setUnread(0);
    this.#launcher?.update(isOpen, this.#unread);
    this.#emit(isOpen ? "gb-open" : "gb-close", null);
  }

  #setUnread(count: number): void {
    if (count === this.#unread) return;
    this.#unread = count;
    this.#storage.setItem(UNREAD, String(count));
    this.#launcher?.update(this.#isOpen, count);
    this.#emit("gb-unread", { count });
  }

  /** Load and create the panel, once, and connect it. */
  async #load(): Promise<Panel> {
    this.#panel ??= this.#createPanel();
    try {
      const panel = await this.#panel;
      panel.connect();
      return panel;
    } catch (error) {
      this.#panel = null;
      this.#launcher?.showFailure(() => void this.open());
      throw error;
    }
  }

  async #createPanel(): Promise<Panel> {
    const launcher = (this.#launcher ??= this.#createLauncher());
    launcher.showLoading();
    const { createPanel } = await import("./app/index.ts");
    return createPanel(launcher.frame, {
      options: this.#options ?? readOptions(this, import.meta.url),
      storage: this.#storage,
      language: this.#language,
      texts: this.#texts,
      isOpen: () => this.#isOpen,
      close: () => this.close(),
      addUnread: () => this.#setUnread(this.#unread + 1),
      emit: (name, detail) => this.#emit(name, detail),
    });
  }

  get #launcherTexts(): LauncherTexts {
    return getLauncherTexts(this.#language.language, this.#texts);
  }

  /** The language of the element, the page or the browser. */
  get #language(): ChosenLanguage {
    const ofThePage = this.closest<HTMLElement>("[lang]")?.lang ?? document.documentElement.lang;
    return chooseLanguage([this.lang, ofThePage, ...navigator.languages]);
  }

  #emit<Name extends keyof ChatEvents>(name: Name, detail: ChatEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
