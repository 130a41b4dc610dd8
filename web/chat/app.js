// @ts-check
/** @import { Config, Connection, Suggestion } from "./types.js" */
import { Account } from "./account.js";
import { Client } from "./client.js";
import { Composer } from "./composer.js";
import { byId, setText } from "./dom.js";
import { MessageList, initialOf } from "./message-list.js";
import { Notice } from "./notice.js";
import { Sidebar } from "./sidebar.js";

/** The composition: joins the client to the parts of the page. */

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
const client = new Client(config, {
  onAccount: () => soon(renderAccount),
  onConnection: renderConnection,
  onConversation: () => soon(renderConversation),
  onInbox: () => soon(renderInbox),
  onNotice: (text, seconds) => notice.show(text, seconds),
});
const composer = new Composer((content) => client.send(content));
const notice = new Notice((held) => composer.hold(held));
const messages = new MessageList({
  retry: (clientId) => {
    client.retry(clientId);
    moveOn();
  },
  suggest,
  loadEarlier: () => client.loadEarlier(),
});
const sidebar = new Sidebar({
  open: (key) => {
    void client.open(key);
    composer.focus();
  },
  start: () => {
    void client.startConversation();
    composer.focus();
  },
  more: () => client.loadMoreConversations(),
});
const account = new Account((config.demo_users ?? []).map(({ username }) => username), {
  signIn: (username) => {
    client.signIn(username).catch(() => notice.show(`${username} cannot be signed in at the moment.`));
    composer.focus();
  },
  signOut: () => {
    client.signOut();
    composer.focus();
  },
});
byId("restart", HTMLButtonElement).addEventListener("click", () => {
  client.beginAgain();
  composer.focus();
});

composer.focus();
await client.begin();

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
  client.send(value, text);
  moveOn();
}

/** The button that had the focus is gone: give it to the conversation, and where it helps to the composer. */
function moveOn() {
  messages.focus();
  composer.focus();
}

function renderAccount() {
  account.render(client.identity.username);
  sidebar.show(client.signedIn);
}

/** @param {Connection} connection */
function renderConnection(connection) {
  const element = byId("connection", HTMLElement);
  element.dataset.state = connection;
  setText(element, CONNECTION_WORDS[connection]);
  byId("restart", HTMLButtonElement).hidden = connection !== "ended";
}

function renderConversation() {
  const { conversation, visitor, signedIn } = client;
  const name = conversation.botName || "Conversations";
  setText(byId("bot-name", HTMLElement), name);
  setText(byId("avatar", HTMLElement), initialOf(conversation.botName));
  document.title = name;
  const about = byId("about", HTMLElement);
  about.hidden = signedIn || !visitor.minutes;
  setText(
    about,
    `You are here as a visitor. Nothing is kept: the conversation ends after ${visitor.minutes} minutes without a message.`,
  );
  composer.address(conversation);
  messages.render(conversation);
}

function renderInbox() {
  sidebar.render(client.inbox, client.conversation.key);
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
