/**
 * The texts of the page in Portuguese.
 *
 * @module
 */

import type { Texts } from "./en.ts";

export const texts: Texts = {
  conversations: "Conversas",
  conversationsWithNew: "Conversas, novas mensagens",
  closeList: "Fechar a lista de conversas",
  newConversation: "Nova conversa",
  chooseBot: "Escolher um bot",
  startWith: "Iniciar uma conversa com",
  search: "Pesquisar conversas",
  noMatches: "Nenhuma conversa encontrada.",
  noConversations: "Ainda não há conversas.",
  loadingList: "Carregando conversas…",
  showMore: "Mostrar mais",
  archived: "Arquivada",
  noMessages: "Ainda sem mensagens",
  newMessages: "Novas mensagens",
  conversation: "Conversa",
  yesterday: "Ontem",

  actionsOf: (name) => `Ações para ${name}`,
  rename: "Renomear",
  archive: "Arquivar",
  reopen: "Reabrir",
  delete: "Excluir",
  deleted: "A conversa foi excluída.",
  undo: "Desfazer",
  archivedNotice: "Esta conversa foi arquivada.",
  reopenedNotice: "Esta conversa foi reaberta.",
  title: "Título",
  titleHint: "Sem título, a lista mostra o nome do bot.",
  save: "Salvar",
  cancel: "Cancelar",

  signIn: "Entrar",
  signInWithPassword: "Entrar com senha…",
  signInAsDemo: "Entrar como usuário de demonstração",
  signInFailed: "Não foi possível entrar. Tente novamente mais tarde.",
  signedInAs: (name) => `Conectado como ${name}`,
  signOut: "Sair",
  menu: "Menu",
  language: "Idioma",
  apiReference: "Referência da API",
  downloadData: "Baixar meus dados",
  preparingData: "Seus dados estão sendo preparados…",
  dataReady: "Seus dados foram baixados.",
  eraseData: "Excluir meus dados…",
  eraseTitle: "Excluir todos os seus dados?",
  eraseText:
    "Todas as suas conversas e o que os bots lembram sobre você serão excluídos definitivamente. Sua conta permanece. Baixe seus dados antes se quiser guardá-los.",
  erase: "Excluir tudo",
  erased: "Seus dados foram excluídos.",
  claimed: "Sua conversa foi salva na sua conta.",
  sessionExpired: "Sua sessão expirou. Entre novamente.",

  skipToField: "Ir para o campo de mensagem",
  loadingMessages: "Carregando mensagens…",
  continueAsVisitor: "Continuar como visitante",
  isArchived: "Esta conversa está arquivada.",
  missingTitle: "Esta conversa não está aqui",
  missingText: "Ela foi excluída ou pertence a outra conta.",
  signInToSee: "Entre para ver esta conversa.",
  openNewest: "Mostrar minha conversa mais recente",
  gone: "Esta conversa não existe mais.",
  visitorHint: (minutes) =>
    `Você está conversando como visitante. A conversa termina após ${minutes} minutos de inatividade e não é salva.`,

  botGone: "Este bot não está mais disponível.",
  botForbidden: "Você não tem acesso a este bot.",
  conflict: "Esta conversa está arquivada e não aceita mensagens.",
  forbidden: "Você não tem acesso a esta conversa.",
  internal: "Algo deu errado no servidor. Tente novamente.",
  rateLimited: "Você está fazendo isso com muita frequência. Tente novamente mais tarde.",
  rateLimitedFor: (count) => `Você está fazendo isso com muita frequência. Tente novamente em ${count} s.`,
  unavailable: "O servidor está ocupado. Tente novamente.",
  unreachable: "O servidor não pode ser acessado no momento.",
};
