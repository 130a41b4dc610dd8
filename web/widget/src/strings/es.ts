/**
 * The texts of the conversation view in Spanish.
 *
 * @module
 */

import type { Texts } from "./texts.ts";

export const es: Texts = {
  messages: "Mensajes",
  suggestions: "Respuestas sugeridas",
  message: "Mensaje",
  placeholder: "Escribe un mensaje…",
  send: "Enviar",
  stop: "Detener la respuesta",
  stopping: "Deteniendo la respuesta",
  newMessages: "Mensajes nuevos",
  loadingEarlier: "Cargando mensajes anteriores…",
  typing: "Escribiendo…",
  you: "Tú",
  bot: "Bot",
  chat: "Chat",
  close: "Cerrar el chat",

  sending: "Enviando…",
  sent: "Enviado",
  notSent: "No enviado.",
  unconfirmed: "Entrega no confirmada.",
  retry: "Reintentar",
  discard: "Quitar",
  unanswered: "El bot no pudo responder a este mensaje.",
  stopped: "Detenida",
  length: "Cortada por el límite de longitud",
  contentFilter: "Cortada por un filtro de contenido",
  interrupted: "Interrumpida",

  copy: "Copiar",
  copyCode: "Copiar el código",
  copied: "Copiado",
  good: "Buena respuesta",
  bad: "Mala respuesta",
  table: "Tabla",

  inputPassword: "Contraseña",
  inputEmail: "Correo electrónico",
  inputDate: "Fecha",
  inputTime: "Hora",
  inputNumber: "Número",
  inputPhone: "Número de teléfono",
  inputUrl: "Dirección web",
  writeText: "Escribir un texto",
  hidden: "Texto oculto",

  attach: "Adjuntar archivos",
  image: "Imagen",
  audio: "Audio",
  video: "Vídeo",
  file: "Archivo",

  connecting: "Conectando…",
  online: "En línea",
  reconnecting: "Reconectando…",
  offline: "Sin conexión",
  ended: "Terminada",
  endedNote: "Esta conversación ha terminado. Tu próximo mensaje inicia una nueva.",
  unreachable: "No se puede acceder al servidor en este momento. Tus mensajes se enviarán cuando vuelva a estar disponible.",
};
