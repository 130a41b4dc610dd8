/**
 * Loads the texts of a language.
 *
 * @module
 */

import { en } from "./en.ts";
import { type ChosenLanguage, type Language, getDirection } from "./language.ts";
import type { PartTexts } from "./part-texts.ts";
import type { Texts } from "./texts.ts";

/** The language of a conversation view. */
export interface Locale extends ChosenLanguage {
  readonly direction: "ltr" | "rtl";
  /** With those of the parts that the site replaces. */
  readonly texts: Texts & Partial<PartTexts>;
}

/** Each but English is a file of its own, which is loaded only if it is needed. */
const LOADERS: Readonly<Record<Language, () => Promise<Texts>>> = {
  en: async () => en,
  pt: async () => (await import("./pt.ts")).pt,
  es: async () => (await import("./es.ts")).es,
  de: async () => (await import("./de.ts")).de,
  ar: async () => (await import("./ar.ts")).ar,
};

/**
 * Load the texts of a language; those in English if they cannot be loaded.
 *
 * @param own - Texts of the site, which replace the others.
 */
export async function loadLocale({ language, tag }: ChosenLanguage, own: Partial<Texts & PartTexts> = {}): Promise<Locale> {
  try {
    return { language, tag, direction: getDirection(language), texts: { ...(await LOADERS[language]()), ...own } };
  } catch {
    return { language: "en", tag: "en", direction: "ltr", texts: { ...en, ...own } };
  }
}
