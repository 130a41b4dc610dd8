/**
 * The language of the page: the choice of who uses it, or the first one of the browser that there is.
 *
 * @module
 */

import { type Locale as ViewLocale, loadLocale as loadViewLocale } from "../../../widget/src/strings/load.ts";
import { type Language, chooseLanguage } from "../../../widget/src/strings/language.ts";
import { type Texts, en } from "./en.ts";

export type { Language } from "../../../widget/src/strings/language.ts";
export type { Texts } from "./en.ts";

/** The languages by their names in themselves. */
export const LANGUAGES: Readonly<Record<Language, string>> = {
  en: "English",
  pt: "Português",
  es: "Español",
  de: "Deutsch",
  ar: "العربية",
};

/** Each but English is a file of its own, which is loaded only if it is needed. */
const LOADERS: Readonly<Record<Language, () => Promise<Texts>>> = {
  en: async () => en,
  pt: async () => (await import("./pt.ts")).texts,
  es: async () => (await import("./es.ts")).texts,
  de: async () => (await import("./de.ts")).texts,
  ar: async () => (await import("./ar.ts")).texts,
};

const STORAGE_NAME = "language";

/** The language of the page, and that of the conversation view in it. */
export interface Locale extends Omit<ViewLocale, "texts"> {
  readonly texts: Texts;
  readonly view: ViewLocale;
}

/** Load the texts; in English if those of the language cannot be loaded. */
export async function loadLocale(): Promise<Locale> {
  const chosen = chooseLanguage(listTags(readChoice(), navigator.languages));
  try {
    const [view, texts] = await Promise.all([loadViewLocale(chosen), LOADERS[chosen.language]()]);
    if (view.language === chosen.language) return { ...view, texts, view };
  } catch {
    // Both in English rather than in two languages.
  }
  const view = await loadViewLocale({ language: "en", tag: "en" });
  return { ...view, texts: en, view };
}

/**
 * List the tags to choose from, as `pt-BR`.
 *
 * @param choice - The chosen language; the browser may know of which country it is.
 */
export function listTags(choice: string | null, preferred: readonly string[]): readonly string[] {
  if (choice === null) return preferred;
  const regional = preferred.filter((tag) => tag.toLowerCase().split("-")[0] === choice);
  return [...regional, choice, ...preferred];
}

/** Choose a language for the next time that the page is loaded. */
export function storeLanguage(language: Language): void {
  try {
    localStorage.setItem(STORAGE_NAME, language);
  } catch {
    // The browser denies access: the page stays in the language of the browser.
  }
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(STORAGE_NAME);
  } catch {
    return null;
  }
}
