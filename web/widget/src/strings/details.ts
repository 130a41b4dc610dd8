/**
 * The texts of the form before the chat, in all languages: it is loaded only if the site asks for something.
 *
 * @module
 */

import type { Language } from "./language.ts";

const NAMES = ["detailsTitle", "name", "email", "start", "myName", "myEmail"] as const;

/** The texts in one language; `{0}` stands for an answer. */
export type DetailsTexts = Readonly<Record<(typeof NAMES)[number], string>>;

const TEXTS: Readonly<Record<Language, string>> = {
  en: "Before we start|Name|E-mail|Start chat|My name is {0}.|My e-mail address is {0}.",
  pt: "Antes de começar|Nome|E-mail|Iniciar o chat|Meu nome é {0}.|Meu endereço de e-mail é {0}.",
  es: "Antes de empezar|Nombre|Correo electrónico|Iniciar el chat|Me llamo {0}.|Mi correo electrónico es {0}.",
  de: "Bevor es losgeht|Name|E-Mail|Chat beginnen|Mein Name ist {0}.|Meine E-Mail-Adresse ist {0}.",
  ar: "قبل أن نبدأ|الاسم|البريد الإلكتروني|بدء المحادثة|اسمي {0}.|بريدي الإلكتروني {0}.",
};

/** @param own - Texts of the site, which replace the others. */
export function getDetailsTexts(language: Language, own: Partial<DetailsTexts>): DetailsTexts {
  const texts = TEXTS[language].split("|");
  return Object.fromEntries(NAMES.map((name, index) => [name, own[name] ?? texts[index]])) as DetailsTexts;
}
