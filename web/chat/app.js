// @ts-check
/** @import { Suggestion } from "../client/dist/index.js" */
/** @import { Config, Connection } from "./types.js" */
import { Account } from "./account.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { byId, setText } from "./dom.js";
import { MessageList, initialOf } from "./message-list.js";
import { Notice } from "./notice.js";
import { Sidebar } from "./sidebar.js";

/** The composition: joins the chat to the parts of the page. */

/** @type {Record<Connection, string>} */
const CONNECTION_WORDS = {
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  offline: "Offline",
  ended: "Ended",
};

/** @type {Config} */
const DEFAULTS = { api_url: "/api", ws_path: "/ws" };

/** @type {Set<() => void>} What to render before the browser paints. */
const waiting = new Set();
const config = await readConfig();
const chat = new Chat(config, {
  onAccount: () => soon(renderAccount),
  onConnection: renderConnection,
  onConversation: () => soon(renderConversation),
  onInbox: () => soon(renderInbox),
  onGoodNews: (text) => notice.reassure(text),
  onNotice: (text, seconds) => notice.show(text, seconds),
});
const composer = new Composer((content) => chat.send(content));
const notice = new Notice((held) => composer.hold(held));
const messages = new MessageList({
  retry: (clientId) => {
    chat.retry(clientId);
    moveOn();
  },
  suggest,
  loadEarlier: () => chat.loadEarlier(),
});
const sidebar = new Sidebar({
  open: (id) => {
    chat.open(id);
    composer.focus();
  },
  start: (bot) => {
    void chat.startConversation(bot);
    composer.focus();
  },
  bots: () => chat.bots(),
  more: () => chat.loadMoreConversations(),
});
const account = new Account((config.demo_users ?? []).map(({ username }) => username), {
  signIn: (username) => {
    chat.signIn(username).catch(() => notice.show(`${username} cannot be signed in at the moment.`));
    composer.focus();
  },
  signOut: () => {
    chat.signOut();
    composer.focus();
  },
});
byId("restart", HTMLButtonElement).addEventListener("click", () => {
  chat.beginAgain();
  composer.focus();
});

composer.focus();
await chat.begin();

/** @returns {Promise<Config>} */
async function readConfig() {
  try {
    const response = await fetch("config.json", { cache: "no-store" });
    return response.ok ? { ...DEFAULTS, ...(await response.json()) } : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}

/** @param {Suggestion} suggestion */
function suggest({ text, value }) {
  chat.send(value, text);
  moveOn();
}

/** The button that had the focus is gone: give it to the conversation, and where it helps to the composer. */
function moveOn() {
  messages.focus();
  composer.focus();
}

function renderAccount() {
  account.render(chat.identity.username);
  sidebar.show(chat.signedIn);
}

/** @param {Connection} connection */
function renderConnection(connection) {
  const element = byId("connection", HTMLElement);
  element.dataset.state = connection;
  setText(element, CONNECTION_WORDS[connection]);
  byId("restart", HTMLButtonElement).hidden = connection !== "ended";
}

function renderConversation() {
  const { thread, minutes } = chat;
  const name = thread.botName || "Conversations";
  setText(byId("bot-name", HTMLElement), name);
  setText(byId("avatar", HTMLElement), initialOf(thread.botName));
  document.title = name;
  const about = byId("about", HTMLElement);
  about.hidden = !minutes;
  setText(
    about,
    `You are here as a visitor. Nothing is kept: the conversation ends after ${minutes} minutes without a message.`,
  );
  composer.address(thread);
  messages.render(thread);
}

function renderInbox() {
  sidebar.render(chat.inbox, chat.thread.conversation?.id ?? null);
}

/**
 * Render once, however many changes one frame of the server makes.
 *
 * @param {() => void} render
 */
function soon(render) {
  if (waiting.size === 0) {
    queueMicrotask(() => {
      const renders = [...waiting];
      waiting.clear();
      for (const each of renders) each();
    });
  }
  waiting.add(render);
}
