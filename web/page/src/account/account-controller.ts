/**
 * Who uses the page: a visitor, or a user who has signed in. Each has a chat of their own.
 *
 * @module
 */

import { Chat, type ChatHandlers } from "../chat.ts";
import type { Config } from "../config.ts";
import { exportData, saveFile } from "../export.ts";
import { ListActions } from "../list/list-actions.ts";
import type { Locale } from "../texts/index.ts";
import type { Toast } from "../toast.ts";
import type { Account } from "./account.ts";
import { DemoAccount } from "./demo-account.ts";
import { type Start, redirectToProvider } from "./sign-in.ts";

export class AccountController {
  readonly #config: Config;
  readonly #locale: Locale;
  readonly #toast: Toast;
  readonly #handlers: ChatHandlers;
  #chat: Chat;
  #listActions: ListActions;

  constructor(config: Config, locale: Locale, toast: Toast, handlers: ChatHandlers) {
    this.#config = config;
    this.#locale = locale;
    this.#toast = toast;
    this.#handlers = handlers;
    [this.#chat, this.#listActions] = this.#createChat(null);
    addEventListener("pagehide", () => this.#listActions.flush());
  }

  get chat(): Chat {
    return this.#chat;
  }

  get listActions(): ListActions {
    return this.#listActions;
  }

  /** @param id - The conversation that the address names. */
  start({ account, back, hasFailed }: Start, id: string | null): void {
    // What a visitor has not said anything in is not worth keeping.
    if (account !== null && back?.claims === false) this.#chat.forget();
    this.#setAccount(account, id);
    if (hasFailed) this.#showError(this.#locale.texts.signInFailed);
  }

  async signInAs(username: string): Promise<void> {
    try {
      this.#enter(await DemoAccount.signIn(username));
    } catch {
      this.#showError(this.#locale.texts.signInFailed);
    }
  }

  /** Sign in on the page of the provider. */
  async signIn(): Promise<void> {
    try {
      await redirectToProvider(this.#config, this.#locale.language, this.#chat.hasMessages);
    } catch {
      this.#showError(this.#locale.texts.signInFailed);
    }
  }

  async signOut(): Promise<void> {
    const { account } = this.#chat;
    this.#listActions.flush();
    this.#chat.forget();
    await account?.signOut();
    this.#setAccount(null, null);
  }

  /** The server has rejected the user's token. */
  async onSignedOut(): Promise<void> {
    const { account } = this.#chat;
    this.#chat.forget();
    await account?.forget();
    this.#setAccount(null, null);
    this.#showError(this.#locale.texts.sessionExpired);
  }

  /** Save everything that is stored about the user as a file. */
  async download(): Promise<void> {
    const { client, requests } = this.#chat;
    const { texts } = this.#locale;
    this.#toast.show({ text: texts.preparingData, kind: "success" });
    await requests.run(async () => {
      saveFile("conversations.json", await exportData((cursor) => client.api.exportData(cursor)));
      this.#toast.show({ text: texts.dataReady, kind: "success" });
    });
  }

  /** Delete everything that is stored about the user, and start again. */
  async erase(): Promise<void> {
    const { account, client, requests } = this.#chat;
    const isErased = await requests.run(() => client.api.deleteData());
    if (!isErased) return;
    this.#chat.forget();
    this.#setAccount(account, null);
    this.#toast.show({ text: this.#locale.texts.erased, kind: "success" });
  }

  /** Continue as a user. A conversation in which the visitor has said something becomes theirs. */
  #enter(account: Account): void {
    const id = this.#chat.thread.kind === "missing" ? this.#chat.thread.id : null;
    if (this.#chat.hasMessages) this.#chat.close();
    else this.#chat.forget();
    this.#setAccount(account, id);
  }

  #setAccount(account: Account | null, id: string | null): void {
    [this.#chat, this.#listActions] = this.#createChat(account);
    this.#handlers.onOpened(id, false);
    void this.#chat.start(id);
  }

  #createChat(account: Account | null): [Chat, ListActions] {
    let chat: Chat | null = null;
    const ifCurrent =
      <Arguments extends readonly unknown[]>(handler: (...values: Arguments) => void) =>
      (...values: Arguments): void => {
        if (chat === this.#chat) handler(...values);
      };
    const { onChange, onOpened, onSignedOut, onToast } = this.#handlers;
    chat = new Chat(this.#config, account, this.#locale.texts, {
      onChange: ifCurrent(onChange),
      onOpened: ifCurrent(onOpened),
      onSignedOut: ifCurrent(onSignedOut),
      onToast: ifCurrent(onToast),
    });
    return [chat, new ListActions(chat, this.#locale.texts, onChange, onToast)];
  }

  #showError(text: string): void {
    this.#toast.show({ text, kind: "error" });
  }
}
