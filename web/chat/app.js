// @ts-check
/** @import { Suggestion } from "../client/dist/index.js" */
/** @import { Config, ConnectionStatus } from "./types.js" */
import { AccountMenu } from "./account-menu.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { ConnectionHint } from "./connection-hint.js";
import { getById, isolate, setText } from "./dom.js";
import { getInitial } from "./message-element.js";
import { MessageList } from "./message-list.js";
import { Notice } from "./notice.js";
import { describeConnection } from "./problem-text.js";
import { Sidebar } from "./sidebar.js";

/** The entry point: connects the chat to the parts of the page. */

/** @type {Record<ConnectionStatus, string>} */
const CONNECTION_LABELS = {
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  offline: "Offline",
  ended: "Ended",
};

/** @type {Config} */
const DEFAULT_CONFIG = { api_url: "/api", ws_path: "/ws" };

/** @type {Set<() => void>} The render functions to run before the browser paints. */
const scheduledRenders = new Set();
const config = await loadConfig();
const chat = new Chat(config, {
  onAccountChange: () => scheduleRender(renderAccount),
  onConnectionChange: renderConnection,
  onThreadChange: () => scheduleRender(renderThread),
  onInboxChange: () => scheduleRender(renderInbox),
  onSuccess: (text) => notice.showSuccess(text),
  onNotice: (text, seconds) => notice.show(text, seconds),
});
const connectionHint = new ConnectionHint();
const composer = new Composer(
  (content) => chat.send(content),
  () => chat.stopAnswer(),
);
const notice = new Notice((isPaused) => composer.setPaused(isPaused));
const messageList = new MessageList({
  retry: (clientMessageId) => {
    chat.retry(clientMessageId);
    moveFocus();
  },
  sendSuggestion,
  loadEarlier: () => chat.loadEarlier(),
});
const sidebar = new Sidebar({
  openConversation: (id) => {
    chat.openConversation(id);
    composer.focus();
  },
  startConversation: (bot) => {
    void chat.startConversation(bot);
    composer.focus();
  },
  listBots: () => chat.listBots(),
  loadMore: () => chat.loadMoreConversations(),
});
const usernames = (config.demo_users ?? []).map(({ username }) => username);
const accountMenu = new AccountMenu(usernames, {
  signIn: (username) => {
    chat.signIn(username).catch(() => notice.show(`Could not sign in as ${isolate(username)}. Please try again later.`));
    composer.focus();
  },
  signOut: () => {
    chat.signOut();
    composer.focus();
  },
});
getById("start-over", HTMLButtonElement).addEventListener("click", () => {
  chat.startOver();
  composer.focus();
});

composer.focus();
await chat.start();

/** @returns {Promise<Config>} */
async function loadConfig() {
  try {
    const response = await fetch("config.json", { cache: "no-store" });
    return response.ok ? { ...DEFAULT_CONFIG, ...(await response.json()) } : DEFAULT_CONFIG;
  } catch {
    return DEFAULT_CONFIG;
  }
}

/** @param {Suggestion} suggestion */
function sendSuggestion({ text, value }) {
  chat.send(value, text);
  moveFocus();
}

/** Move the focus from a button that disappears to the messages, and with a mouse to the composer. */
function moveFocus() {
  messageList.focus();
  composer.focus();
}

function renderAccount() {
  accountMenu.render(chat.identity.username);
  sidebar.setVisible(chat.isSignedIn);
}

/** @param {ConnectionStatus} status */
function renderConnection(status) {
  const element = getById("connection", HTMLElement);
  element.dataset.state = status;
  setText(element, CONNECTION_LABELS[status]);
  connectionHint.render(describeConnection(status, chat.connectionFailure, !chat.isSignedIn));
  getById("start-over", HTMLButtonElement).hidden = status !== "ended";
}

function renderThread() {
  const { thread, idleMinutes } = chat;
  const name = thread.botName || "Conversations";
  setText(getById("bot-name", HTMLElement), name);
  setText(getById("avatar", HTMLElement), getInitial(thread.botName));
  document.title = name;
  const description = getById("bot-description", HTMLElement);
  description.hidden = !chat.botDescription;
  setText(description, chat.botDescription);
  const hint = getById("visitor-hint", HTMLElement);
  hint.hidden = !idleMinutes;
  const expiry = `Your conversation ends after ${idleMinutes} minutes of inactivity and is not saved.`;
  setText(hint, `You are chatting as a visitor. ${expiry}`);
  composer.setConversation(thread);
  composer.setAnswer(thread.answer);
  messageList.render(thread);
}

function renderInbox() {
  sidebar.render(chat.inbox, chat.thread.conversation?.id ?? null);
}

/**
 * Render before the next paint, once for all changes that a frame of the server makes.
 *
 * @param {() => void} render
 */
function scheduleRender(render) {
  if (scheduledRenders.size === 0) {
    queueMicrotask(() => {
      const renders = [...scheduledRenders];
      scheduledRenders.clear();
      for (const run of renders) run();
    });
  }
  scheduledRenders.add(render);
}
