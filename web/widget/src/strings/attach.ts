/**
 * The texts of the form that attaches files, in all languages: it is loaded when it is opened first.
 *
 * @module
 */

import type { Language } from "./language.ts";

const NAMES = ["attachHint", "address", "fileName", "add", "cancel", "kind"] as const;

/** The texts in one language. */
export type AttachTexts = Readonly<Record<(typeof NAMES)[number], string>>;

const TEXTS: Readonly<Record<Language, string>> = {
  en: "The bot gets the address of a file on the web.|Address (https://…)|Name|Send link|Cancel|Kind",
  pt: "O bot recebe o endereço de um arquivo na web.|Endereço (https://…)|Nome|Enviar link|Cancelar|Tipo",
  es: "El bot recibe la dirección de un archivo en la web.|Dirección (https://…)|Nombre|Enviar enlace|Cancelar|Tipo",
  de: "Der Bot erhält die Adresse einer Datei im Web.|Adresse (https://…)|Name|Link senden|Abbrechen|Art",
  ar: "يتلقى البوت عنوان ملف على الويب.|العنوان (https://…)|الاسم|إرسال الرابط|إلغاء|النوع",
};

/** @param own - Texts of the site, which replace the others. */
export function getAttachTexts(language: Language, own: Partial<AttachTexts>): AttachTexts {
  const texts = TEXTS[language].split("|");
  return Object.fromEntries(NAMES.map((name, index) => [name, own[name] ?? texts[index]])) as AttachTexts;
}
