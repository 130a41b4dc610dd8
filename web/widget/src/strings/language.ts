/**
 * The language of the texts.
 *
 * @module
 */

const LANGUAGES = ["en", "pt", "es", "de", "ar"] as const;

export type Language = (typeof LANGUAGES)[number];

/** A language that there are texts in, and the tag that asked for it, for `Intl`: dates differ by country. */
export interface ChosenLanguage {
  readonly language: Language;
  /** A BCP 47 tag, as `pt-BR`. */
  readonly tag: string;
}

/**
 * Choose the first language that there are texts in; English if there is none.
 *
 * @param tags - BCP 47 tags in the order of preference.
 */
export function chooseLanguage(tags: readonly (string | null | undefined)[]): ChosenLanguage {
  for (const tag of tags) {
    const language = LANGUAGES.find((name) => tag?.toLowerCase().split("-")[0] === name);
    if (language !== undefined && isValid(tag)) {
      // A page in `en`: the browser may know in which country's English.
      return { language, tag: tags.find((other) => isValid(other) && other.startsWith(`${tag}-`)) ?? tag };
    }
  }
  return { language: "en", tag: "en" };
}

export const getDirection = (language: Language): "ltr" | "rtl" => (language === "ar" ? "rtl" : "ltr");

function isValid(tag: string | null | undefined): tag is string {
  try {
    return Intl.getCanonicalLocales(tag ?? "").length > 0;
  } catch {
    return false;
  }
}
