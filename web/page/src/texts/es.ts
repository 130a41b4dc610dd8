/**
 * The texts of the page in Spanish.
 *
 * @module
 */

import type { Texts } from "./en.ts";

export const texts: Texts = {
  conversations: "Conversaciones",
  conversationsWithNew: "Conversaciones, mensajes nuevos",
  closeList: "Cerrar la lista de conversaciones",
  newConversation: "Nueva conversación",
  chooseBot: "Elegir un bot",
  startWith: "Iniciar una conversación con",
  search: "Buscar conversaciones",
  noMatches: "Ninguna conversación coincide.",
  noConversations: "Todavía no hay conversaciones.",
  loadingList: "Cargando conversaciones…",
  showMore: "Mostrar más",
  archived: "Archivada",
  noMessages: "Todavía sin mensajes",
  newMessages: "Mensajes nuevos",
  conversation: "Conversación",
  yesterday: "Ayer",

  actionsOf: (name) => `Acciones para ${name}`,
  rename: "Cambiar nombre",
  archive: "Archivar",
  reopen: "Reabrir",
  delete: "Eliminar",
  deleted: "La conversación se ha eliminado.",
  undo: "Deshacer",
  archivedNotice: "Esta conversación se ha archivado.",
  reopenedNotice: "Esta conversación se ha reabierto.",
  title: "Título",
  titleHint: "Sin título, la lista muestra el nombre del bot.",
  save: "Guardar",
  cancel: "Cancelar",

  signIn: "Iniciar sesión",
  signInWithPassword: "Iniciar sesión con contraseña…",
  signInAsDemo: "Iniciar sesión como usuario de demostración",
  signInFailed: "No se pudo iniciar sesión. Inténtalo más tarde.",
  signedInAs: (name) => `Sesión iniciada como ${name}`,
  signOut: "Cerrar sesión",
  menu: "Menú",
  language: "Idioma",
  apiReference: "Referencia de la API",
  downloadData: "Descargar mis datos",
  preparingData: "Se están preparando tus datos…",
  dataReady: "Tus datos se han descargado.",
  eraseData: "Eliminar mis datos…",
  eraseTitle: "¿Eliminar todos tus datos?",
  eraseText:
    "Se eliminan definitivamente todas tus conversaciones y lo que los bots recuerdan de ti. Tu cuenta permanece. Descarga antes tus datos si quieres conservarlos.",
  erase: "Eliminar todo",
  erased: "Tus datos se han eliminado.",
  claimed: "Tu conversación se ha guardado en tu cuenta.",
  sessionExpired: "Tu sesión ha caducado. Vuelve a iniciar sesión.",

  skipToField: "Ir al campo de mensaje",
  loadingMessages: "Cargando mensajes…",
  continueAsVisitor: "Continuar como visitante",
  isArchived: "Esta conversación está archivada.",
  missingTitle: "Esta conversación no está aquí",
  missingText: "Se eliminó o pertenece a otra cuenta.",
  signInToSee: "Inicia sesión para ver esta conversación.",
  openNewest: "Mostrar mi conversación más reciente",
  gone: "Esta conversación ya no existe.",
  visitorHint: (minutes) =>
    `Estás chateando como visitante. La conversación termina tras ${minutes} minutos de inactividad y no se guarda.`,

  botGone: "Este bot ya no está disponible.",
  botForbidden: "No tienes acceso a este bot.",
  conflict: "Esta conversación está archivada y no acepta mensajes.",
  forbidden: "No tienes acceso a esta conversación.",
  internal: "Algo ha fallado en el servidor. Inténtalo de nuevo.",
  rateLimited: "Lo estás haciendo con demasiada frecuencia. Inténtalo más tarde.",
  rateLimitedFor: (count) => `Lo estás haciendo con demasiada frecuencia. Inténtalo en ${count} s.`,
  unavailable: "El servidor está ocupado. Inténtalo de nuevo.",
  unreachable: "No se puede acceder al servidor en este momento.",
};
