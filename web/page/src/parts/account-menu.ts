/**
 * The menus of the header: signing in, and what a visitor or user can do beside chatting.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Account } from "../account/account.ts";
import type { Config } from "../config.ts";
import { isolate } from "../isolate.ts";
import { LANGUAGES, type Language, type Texts } from "../texts/index.ts";
import { renderIcon } from "./icon.ts";

export interface AccountActions {
  signInAs(username: string): void;
  /** Go to the page of the provider. */
  signIn(): void;
  signOut(): void;
  download(): void;
  erase(): void;
  setLanguage(language: Language): void;
}

/** Return the template of the buttons and their menus. */
export function renderAccount(
  account: Account | null,
  config: Config,
  language: Language,
  texts: Texts,
  actions: AccountActions,
): TemplateResult {
  return html`${account === null ? renderSignIn(config, texts, actions) : nothing}
  ${account === null
    ? html`<button class="icon-button" type="button" popovertarget="page-menu" aria-label=${texts.menu}>
        ${renderIcon("dots")}
      </button>`
    : renderAccountButton(account)}
  ${renderMenu(account, language, texts, actions)}`;
}

function renderAccountButton({ name }: Account): TemplateResult {
  return html`<button class="account-button signed-in" id="account" type="button" popovertarget="page-menu">
    <span class="account-initial" aria-hidden="true">${[...name].at(0)?.toUpperCase()}</span>
    <span class="account-name" dir="auto">${name}</span>
  </button>`;
}

function renderSignIn(config: Config, texts: Texts, actions: AccountActions): TemplateResult | typeof nothing {
  const { demo_users: users = [], sign_in: provider } = config;
  if (users.length > 0) {
    return html`<button class="account-button" id="account" type="button" popovertarget="account-menu">${texts.signIn}</button>
      <div class="menu" id="account-menu" popover>
        <p class="menu-title" id="account-title">${texts.signInAsDemo}</p>
        <ul aria-labelledby="account-title">
          ${users.map(({ username }) => renderEntry(username, () => actions.signInAs(username)))}
          ${provider === undefined ? nothing : renderEntry(texts.signInWithPassword, actions.signIn)}
        </ul>
      </div>`;
  }
  if (provider === undefined) return nothing;
  return html`<button class="account-button" id="account" type="button" @click=${actions.signIn}>${texts.signIn}</button>`;
}

function renderMenu(account: Account | null, language: Language, texts: Texts, actions: AccountActions): TemplateResult {
  const setLanguage = (event: Event): void => {
    actions.setLanguage((event.currentTarget as HTMLSelectElement).value as Language);
  };
  return html`<div class="menu" id="page-menu" popover>
    ${account === null ? nothing : html`<p class="menu-title">${texts.signedInAs(isolate(account.name))}</p>`}
    <label class="menu-field">
      <span>${texts.language}</span>
      <select @change=${setLanguage}>
        ${Object.entries(LANGUAGES).map(
          ([code, name]) => html`<option value=${code} lang=${code} ?selected=${code === language}>${name}</option>`,
        )}
      </select>
    </label>
    <ul>
      <li><a class="menu-item" href="docs/" target="_blank" rel="noopener">${texts.apiReference}</a></li>
      ${account === null
        ? nothing
        : html`${renderEntry(texts.downloadData, actions.download)} ${renderEntry(texts.eraseData, actions.erase)}
          ${renderEntry(texts.signOut, actions.signOut)}`}
    </ul>
  </div>`;
}

function renderEntry(label: string, action: () => void): TemplateResult {
  const choose = (event: Event): void => {
    (event.currentTarget as Element).closest<HTMLElement>("[popover]")?.hidePopover();
    action();
  };
  return html`<li><button type="button" class="menu-item" dir="auto" @click=${choose}>${label}</button></li>`;
}
