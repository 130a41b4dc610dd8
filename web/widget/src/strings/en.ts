/**
 * The texts of the conversation view in English. `{0}` stands for a value.
 *
 * @module
 */

export const en = {
  messages: "Messages",
  suggestions: "Suggested replies",
  message: "Message",
  placeholder: "Write a message…",
  send: "Send",
  stop: "Stop the answer",
  stopping: "Stopping the answer",
  newMessages: "New messages",
  loadingEarlier: "Loading earlier messages…",
  typing: "Typing…",
  you: "You",
  bot: "Bot",
  chat: "Chat",
  close: "Close chat",

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

  copy: "Copy",
  copyCode: "Copy code",
  copied: "Copied",
  good: "Good answer",
  bad: "Bad answer",
  table: "Table",

  inputPassword: "Password",
  inputEmail: "E-mail address",
  inputDate: "Date",
  inputTime: "Time",
  inputNumber: "Number",
  inputPhone: "Phone number",
  inputUrl: "Web address",
  writeText: "Write a text instead",
  hidden: "Hidden text",

  attach: "Attach files",
  image: "Image",
  audio: "Audio",
  video: "Video",
  file: "File",

  connecting: "Connecting…",
  online: "Online",
  reconnecting: "Reconnecting…",
  offline: "Offline",
  ended: "Ended",
  endedNote: "This conversation has ended. Your next message starts a new one.",
  unreachable: "The server cannot be reached at the moment. Your messages are sent when it is available again.",
};
