/**
 * The texts of the conversation view in German.
 *
 * @module
 */

import type { Texts } from "./texts.ts";

export const de: Texts = {
  messages: "Nachrichten",
  suggestions: "Vorgeschlagene Antworten",
  message: "Nachricht",
  placeholder: "Nachricht schreiben…",
  send: "Senden",
  stop: "Antwort anhalten",
  stopping: "Antwort wird angehalten",
  newMessages: "Neue Nachrichten",
  loadingEarlier: "Frühere Nachrichten werden geladen…",
  typing: "Schreibt…",
  you: "Sie",
  bot: "Bot",
  chat: "Chat",
  close: "Chat schließen",

  sending: "Wird gesendet…",
  sent: "Gesendet",
  notSent: "Nicht gesendet.",
  unconfirmed: "Zustellung nicht bestätigt.",
  retry: "Erneut versuchen",
  discard: "Entfernen",
  unanswered: "Der Bot konnte diese Nachricht nicht beantworten.",
  stopped: "Angehalten",
  length: "An der Längengrenze abgeschnitten",
  contentFilter: "Von einem Inhaltsfilter abgeschnitten",
  interrupted: "Unterbrochen",

  copy: "Kopieren",
  copyCode: "Code kopieren",
  copied: "Kopiert",
  good: "Gute Antwort",
  bad: "Schlechte Antwort",
  table: "Tabelle",

  inputPassword: "Passwort",
  inputEmail: "E-Mail-Adresse",
  inputDate: "Datum",
  inputTime: "Uhrzeit",
  inputNumber: "Zahl",
  inputPhone: "Telefonnummer",
  inputUrl: "Webadresse",
  writeText: "Stattdessen Text schreiben",
  hidden: "Verborgener Text",

  attach: "Dateien anhängen",
  image: "Bild",
  audio: "Audio",
  video: "Video",
  file: "Datei",

  connecting: "Verbindung wird aufgebaut…",
  online: "Online",
  reconnecting: "Verbindung wird wiederhergestellt…",
  offline: "Offline",
  ended: "Beendet",
  endedNote: "Diese Unterhaltung ist beendet. Ihre nächste Nachricht beginnt eine neue.",
  unreachable: "Der Server ist zurzeit nicht erreichbar. Ihre Nachrichten werden gesendet, sobald er es wieder ist.",
};
