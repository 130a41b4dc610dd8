/**
 * The texts of the conversation view in Portuguese.
 *
 * @module
 */

import type { Texts } from "./texts.ts";

export const pt: Texts = {
  messages: "Mensagens",
  suggestions: "Respostas sugeridas",
  message: "Mensagem",
  placeholder: "Escreva uma mensagem…",
  send: "Enviar",
  stop: "Parar a resposta",
  stopping: "Parando a resposta",
  newMessages: "Novas mensagens",
  loadingEarlier: "Carregando mensagens anteriores…",
  typing: "Digitando…",
  you: "Você",
  bot: "Bot",
  chat: "Chat",
  close: "Fechar o chat",

  sending: "Enviando…",
  sent: "Enviada",
  notSent: "Não enviada.",
  unconfirmed: "Entrega não confirmada.",
  retry: "Tentar de novo",
  discard: "Remover",
  unanswered: "O bot não conseguiu responder a esta mensagem.",
  stopped: "Parada",
  length: "Cortada no limite de tamanho",
  contentFilter: "Cortada por um filtro de conteúdo",
  interrupted: "Interrompida",

  copy: "Copiar",
  copyCode: "Copiar o código",
  copied: "Copiado",
  good: "Boa resposta",
  bad: "Resposta ruim",
  table: "Tabela",

  inputPassword: "Senha",
  inputEmail: "Endereço de e-mail",
  inputDate: "Data",
  inputTime: "Hora",
  inputNumber: "Número",
  inputPhone: "Número de telefone",
  inputUrl: "Endereço web",
  writeText: "Escrever um texto",
  hidden: "Texto oculto",

  attach: "Anexar arquivos",
  image: "Imagem",
  audio: "Áudio",
  video: "Vídeo",
  file: "Arquivo",

  connecting: "Conectando…",
  online: "Online",
  reconnecting: "Reconectando…",
  offline: "Offline",
  ended: "Encerrada",
  endedNote: "Esta conversa terminou. Sua próxima mensagem inicia uma nova.",
  unreachable: "O servidor não está acessível no momento. Suas mensagens serão enviadas quando ele voltar.",
};
