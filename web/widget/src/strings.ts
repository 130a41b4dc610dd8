/**
 * All texts of the widget, in English.
 *
 * @module
 */

/** The texts in one language. */
export interface Strings {
  readonly [name: string]: string | ((value: string) => string);
}

export const strings = {
  chat: "Chat",
  open: "Open chat",
  close: "Close chat",
  unread: (count: string) => `${count} unread`,
  loading: "Loading…",
  loadFailed: "The chat could not be loaded.",
  tryAgain: "Try again",

  messages: "Messages",
  suggestions: "Suggested replies",
  message: "Message",
  placeholder: "Write a message…",
  send: "Send",
  stop: "Stop the answer",
  stopping: "Stopping the answer",
  newMessages: "New messages",
  typing: "Typing…",
  you: "You",
  bot: "Bot",

  sending: "Sending…",
  sent: "Sent",
  notSent: "Not sent.",
  unconfirmed: "Delivery not confirmed.",
  retry: "Try again",
  discard: "Remove",
  unanswered: "The bot could not answer this message.",
  stopped: "Stopped",
  length: "Cut off at the length limit",
  contentFilter: "Cut off by a content filter",
  interrupted: "Interrupted",

  connecting: "Connecting…",
  online: "Online",
  reconnecting: "Reconnecting…",
  offline: "Offline",
  ended: "Ended",
  endedNote: "This conversation has ended. Your next message starts a new one.",
  unreachable: "The server cannot be reached at the moment. Your messages are sent when it is available again.",
  refused: "The chat is not available at the moment. There may be too many visitors from your network.",
  tooFast: "You are sending messages too fast. They are sent one after another.",

  detailsTitle: "Before we start",
  name: "Name",
  email: "E-mail",
  start: "Start chat",
  myName: (name: string) => `My name is ${name}.`,
  myEmail: (email: string) => `My e-mail address is ${email}.`,
} satisfies Strings;
