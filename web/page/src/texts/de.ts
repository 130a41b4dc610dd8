/**
 * The texts of the page in German.
 *
 * @module
 */

import type { Texts } from "./en.ts";

export const texts: Texts = {
  conversations: "Unterhaltungen",
  conversationsWithNew: "Unterhaltungen, neue Nachrichten",
  closeList: "Liste der Unterhaltungen schließen",
  newConversation: "Neue Unterhaltung",
  chooseBot: "Bot auswählen",
  startWith: "Unterhaltung beginnen mit",
  search: "Unterhaltungen durchsuchen",
  noMatches: "Keine Unterhaltung gefunden.",
  noConversations: "Noch keine Unterhaltungen.",
  loadingList: "Unterhaltungen werden geladen…",
  showMore: "Mehr anzeigen",
  archived: "Archiviert",
  noMessages: "Noch keine Nachrichten",
  newMessages: "Neue Nachrichten",
  conversation: "Unterhaltung",
  yesterday: "Gestern",

  actionsOf: (name) => `Aktionen für ${name}`,
  rename: "Umbenennen",
  archive: "Archivieren",
  reopen: "Wieder öffnen",
  delete: "Löschen",
  deleted: "Die Unterhaltung ist gelöscht.",
  undo: "Rückgängig",
  archivedNotice: "Diese Unterhaltung wurde archiviert.",
  reopenedNotice: "Diese Unterhaltung wurde wieder geöffnet.",
  title: "Titel",
  titleHint: "Ohne Titel zeigt die Liste den Namen des Bots.",
  save: "Speichern",
  cancel: "Abbrechen",

  signIn: "Anmelden",
  signInWithPassword: "Mit Passwort anmelden…",
  signInAsDemo: "Als Demo-Benutzer anmelden",
  signInFailed: "Die Anmeldung ist fehlgeschlagen. Bitte später noch einmal versuchen.",
  signedInAs: (name) => `Angemeldet als ${name}`,
  signOut: "Abmelden",
  menu: "Menü",
  language: "Sprache",
  apiReference: "API-Referenz",
  downloadData: "Meine Daten herunterladen",
  preparingData: "Ihre Daten werden vorbereitet…",
  dataReady: "Ihre Daten wurden heruntergeladen.",
  eraseData: "Meine Daten löschen…",
  eraseTitle: "Alle Ihre Daten löschen?",
  eraseText:
    "Alle Ihre Unterhaltungen und was Bots sich über Sie merken, werden endgültig gelöscht. Ihr Konto bleibt bestehen. Laden Sie Ihre Daten vorher herunter, wenn Sie sie behalten wollen.",
  erase: "Alles löschen",
  erased: "Ihre Daten sind gelöscht.",
  claimed: "Ihre Unterhaltung ist jetzt in Ihrem Konto gespeichert.",
  sessionExpired: "Ihre Sitzung ist abgelaufen. Bitte melden Sie sich wieder an.",

  skipToField: "Zum Nachrichtenfeld springen",
  loadingMessages: "Nachrichten werden geladen…",
  continueAsVisitor: "Als Gast weiterchatten",
  isArchived: "Diese Unterhaltung ist archiviert.",
  missingTitle: "Diese Unterhaltung ist nicht hier",
  missingText: "Sie wurde gelöscht oder gehört zu einem anderen Konto.",
  signInToSee: "Melden Sie sich an, um diese Unterhaltung zu sehen.",
  openNewest: "Meine neueste Unterhaltung zeigen",
  gone: "Diese Unterhaltung gibt es nicht mehr.",
  visitorHint: (minutes) =>
    `Sie chatten als Gast. Die Unterhaltung endet nach ${minutes} Minuten ohne Nachricht und wird nicht gespeichert.`,

  botGone: "Diesen Bot gibt es nicht mehr.",
  botForbidden: "Sie haben keinen Zugang zu diesem Bot.",
  conflict: "Diese Unterhaltung ist archiviert und nimmt keine Nachrichten an.",
  forbidden: "Sie haben keinen Zugang zu dieser Unterhaltung.",
  internal: "Auf dem Server ist etwas schiefgegangen. Bitte noch einmal versuchen.",
  rateLimited: "Das war zu oft. Bitte später noch einmal versuchen.",
  rateLimitedFor: (count) => `Das war zu oft. Bitte in ${count} s noch einmal versuchen.`,
  unavailable: "Der Server ist ausgelastet. Bitte noch einmal versuchen.",
  unreachable: "Der Server ist zurzeit nicht erreichbar.",
};
