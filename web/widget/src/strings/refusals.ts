/**
 * What the user reads if the server refuses something, in all languages: it is loaded when that happens.
 *
 * @module
 */

import type { Language } from "./language.ts";

const NAMES = ["refused", "unknownBot", "tooManyVisitors", "goneNote", "tooFast"] as const;

/** The texts in one language. */
export type RefusalTexts = Readonly<Record<(typeof NAMES)[number], string>>;

const TEXTS: Readonly<Record<Language, string>> = {
  en: "The chat is not available at the moment.|This bot does not exist, or it is not public.|There are too many visitors from your network at the moment. The chat connects as soon as possible.|This conversation no longer exists.|You are sending messages too fast. They are sent one after another.",
  pt: "O chat não está disponível no momento.|Este bot não existe ou não é público.|Há visitantes demais na sua rede no momento. O chat se conectará assim que possível.|Esta conversa não existe mais.|Você está enviando mensagens rápido demais. Elas são enviadas uma após a outra.",
  es: "El chat no está disponible en este momento.|Este bot no existe o no es público.|Hay demasiados visitantes de tu red en este momento. El chat se conectará en cuanto sea posible.|Esta conversación ya no existe.|Estás enviando mensajes demasiado rápido. Se envían uno tras otro.",
  de: "Der Chat ist zurzeit nicht verfügbar.|Diesen Bot gibt es nicht, oder er ist nicht öffentlich.|Aus Ihrem Netz kommen zurzeit zu viele Besucher. Der Chat verbindet sich, sobald es möglich ist.|Diese Unterhaltung gibt es nicht mehr.|Sie senden zu schnell. Die Nachrichten werden nacheinander gesendet.",
  ar: "المحادثة غير متاحة حاليًا.|هذا البوت غير موجود أو غير متاح للعموم.|يوجد عدد كبير من الزوار من شبكتك حاليًا. ستتصل المحادثة في أقرب وقت ممكن.|لم تعد هذه المحادثة موجودة.|أنت ترسل الرسائل بسرعة كبيرة. ستُرسل واحدة تلو الأخرى.",
};

/** @param own - Texts of the site, which replace the others. */
export function getRefusalTexts(language: Language, own: Partial<RefusalTexts>): RefusalTexts {
  const texts = TEXTS[language].split("|");
  return Object.fromEntries(NAMES.map((name, index) => [name, own[name] ?? texts[index]])) as RefusalTexts;
}
