/**
 * The texts of the page in English. Those of the conversation view are the widget's.
 *
 * @module
 */

/** Seconds in words, for sentences. */
const seconds = (count: number): string => (count === 1 ? "1 second" : `${count} seconds`);

export const en = {
  conversations: "Conversations",
  conversationsWithNew: "Conversations, new messages",
  closeList: "Close conversation list",
  newConversation: "New conversation",
  chooseBot: "Choose a bot",
  startWith: "Start a conversation with",
  search: "Search conversations",
  noMatches: "No conversation matches.",
  noConversations: "No conversations yet.",
  loadingList: "Loading conversations…",
  showMore: "Show more",
  archived: "Archived",
  noMessages: "No messages yet",
  newMessages: "New messages",
  conversation: "Conversation",
  yesterday: "Yesterday",

  actionsOf: (name: string) => `Actions for ${name}`,
  rename: "Rename",
  archive: "Archive",
  reopen: "Reopen",
  delete: "Delete",
  deleted: "The conversation is deleted.",
  undo: "Undo",
  archivedNotice: "This conversation was archived.",
  reopenedNotice: "This conversation was reopened.",
  title: "Title",
  titleHint: "Without a title, the list shows the name of the bot.",
  save: "Save",
  cancel: "Cancel",

  signIn: "Sign in",
  signInWithPassword: "Sign in with a password…",
  signInAsDemo: "Sign in as a demo user",
  signInFailed: "Signing in failed. Please try again later.",
  signedInAs: (name: string) => `Signed in as ${name}`,
  signOut: "Sign out",
  menu: "Menu",
  language: "Language",
  apiReference: "API reference",
  downloadData: "Download my data",
  preparingData: "Your data is being prepared…",
  dataReady: "Your data was downloaded.",
  eraseData: "Delete my data…",
  eraseTitle: "Delete all your data?",
  eraseText:
    "All your conversations, and what bots remember about you, are deleted for good. Your account stays. Download your data first if you want to keep it.",
  erase: "Delete everything",
  erased: "Your data is deleted.",
  claimed: "Your conversation is now saved to your account.",
  sessionExpired: "Your session has expired. Please sign in again.",

  skipToField: "Skip to message field",
  loadingMessages: "Loading messages…",
  continueAsVisitor: "Continue as a visitor",
  isArchived: "This conversation is archived.",
  missingTitle: "This conversation is not here",
  missingText: "It was deleted, or it belongs to another account.",
  signInToSee: "Sign in to see this conversation.",
  openNewest: "Show my newest conversation",
  gone: "This conversation no longer exists.",
  visitorHint: (minutes: number) =>
    `You are chatting as a visitor. Your conversation ends after ${minutes} minutes of inactivity and is not saved.`,

  botGone: "This bot is no longer available.",
  botForbidden: "You do not have access to this bot.",
  conflict: "This conversation is archived and accepts no messages.",
  forbidden: "You do not have access to this conversation.",
  internal: "Something went wrong on the server. Please try again.",
  rateLimited: "You are doing this too often. Please try again later.",
  rateLimitedFor: (count: number) => `You are doing this too often. Try again in ${seconds(count)}.`,
  unavailable: "The server is busy. Please try again.",
  unreachable: "The server cannot be reached at the moment.",
};

/** The texts in one language. */
export type Texts = typeof en;
