/**
 * The texts of the loader, in all languages: it asks nothing of the network.
 *
 * @module
 */

import type { Language } from "./language.ts";

const NAMES = ["chat", "open", "close", "unread", "loading", "loadFailed", "retry"] as const;

/** The texts in one language; `{0}` stands for the number of unread messages. */
export type LauncherTexts = Readonly<Record<(typeof NAMES)[number], string>>;

const TEXTS: Readonly<Record<Language, string>> = {
  en: "Chat|Open chat|Close chat|{0} unread|Loading…|The chat could not be loaded.|Try again",
  pt: "Chat|Abrir o chat|Fechar o chat|{0} não lidas|Carregando…|Não foi possível carregar o chat.|Tentar de novo",
  es: "Chat|Abrir el chat|Cerrar el chat|{0} sin leer|Cargando…|No se pudo cargar el chat.|Reintentar",
  de: "Chat|Chat öffnen|Chat schließen|{0} ungelesen|Wird geladen…|Der Chat konnte nicht geladen werden.|Erneut versuchen",
  ar: "محادثة|فتح المحادثة|إغلاق المحادثة|{0} غير مقروءة|جارٍ التحميل…|تعذّر تحميل المحادثة.|إعادة المحاولة",
};

/** @param own - Texts of the site, which replace the others. */
export function getLauncherTexts(language: Language, own: Partial<LauncherTexts> = {}): LauncherTexts {
  const texts = TEXTS[language].split("|");
  return { ...(Object.fromEntries(NAMES.map((name, index) => [name, texts[index]])) as LauncherTexts), ...own };
}
