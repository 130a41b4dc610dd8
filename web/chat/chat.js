// @ts-check
/** @import { Activity, BotSummary, Conversation, Problem } from "../client/dist/index.js" */
/** @import { Config, Connection } from "./types.js" */
import { ApiError, ConversationsClient, SignedOutError } from "../client/dist/index.js";
import { Identity } from "./identity.js";
import { Inbox } from "./inbox.js";
import { recall, remember, tabStorage } from "./storage.js";
import { Thread } from "./thread.js";

const OPEN_CONVERSATION = "open-conversation";
const PAGE = "50";
const INBOX_SOON_MS = 1_000;
const RETRY_INBOX_AFTER_MS = 5_000;

/**
 * What the chat tells whoever shows it. The chat knows nothing of the page.
 *
 * @typedef {object} Screen
 * @property {() => void} onAccount Who is talking has changed.
 * @property {(connection: Connection) => void} onConnection
 * @property {() => void} onConversation What is on screen, or anything in it, has changed.
 * @property {() => void} onInbox
 * @property {(text: string) => void} onGoodNews
 * @property {(text: string, seconds?: number) => void} onNotice Something to tell, and for how long to wait with sending.
 */

/** One person in front of the page: who they are, their list, and the conversation they have open. */
export class Chat {
  identity = new Identity();
  inbox = new Inbox();
  thread = new Thread(null, "");
  #config;
  #screen;
  #client;
  #inboxTimer = 0;
  #enterTimer = 0;
  /** The connection was there, or was refused: from then on it is being made again. */
  #lost = false;
  /** A visitor was told that the conversation has ended, and what follows is another one. */
  #ended = false;

  /**
   * @param {Config} config
   * @param {Screen} screen
   */
  constructor(config, screen) {
    this.#config = config;
    this.#screen = screen;
    this.#client = this.#newClient();
    addEventListener("online", () => this.#changed());
    addEventListener("offline", () => this.#changed());
  }

  get signedIn() {
    return this.identity.username !== null;
  }

  /** Minutes without a message after which a visitor's conversation ends; 0 for whoever has signed in. */
  get minutes() {
    return Math.round(this.#client.lifetime / 60_000);
  }

  /** Take up what this tab remembers, or begin as a visitor. */
  async begin() {
    this.#screen.onAccount();
    if (this.signedIn) await this.#enter(recall(OPEN_CONVERSATION));
    else this.#visit();
  }

  /** @param {string} username What they have said as a visitor comes along. */
  async signIn(username) {
    await this.identity.signIn(username);
    if (this.thread.lines.some(({ sender }) => sender === "user")) this.#client.close();
    else this.#client.forget();
    this.#leave();
    await this.#enter(null);
  }

  signOut() {
    this.#client.forget();
    this.identity.signOut();
    this.#leave();
    this.#visit();
  }

  /**
   * @param {string} content
   * @param {string} shown
   */
  send(content, shown = content) {
    this.thread.conversation?.send(content, shown === content ? {} : { shown });
    this.#client.connect();
  }

  /** @param {string} clientMessageId */
  retry(clientMessageId) {
    this.thread.conversation?.retry(clientMessageId);
  }

  /** A visitor's conversation has ended; begin another. */
  beginAgain() {
    this.#client.connect();
  }

  /** @param {string} id */
  open(id) {
    if (this.thread.conversation?.id !== id) this.#show(id);
  }

  /** @returns {Promise<readonly BotSummary[]>} Whom one can talk to; nobody, after a notice, if it cannot be known. */
  async bots() {
    /** @type {readonly BotSummary[]} */
    let bots = [];
    await this.#telling(async () => {
      bots = await this.#client.api.bots();
    });
    return bots;
  }

  /** @param {BotSummary} [bot] Without one, the default bot. */
  async startConversation(bot) {
    const before = this.thread;
    const starting = new Thread(null, bot?.name ?? "");
    starting.starting = true;
    this.#present(starting);
    await this.#telling(async () => {
      const { api } = this.#client;
      const [{ conversation_id: id }, [{ name }]] = await Promise.all([
        api.start(bot && { bot_id: bot.id }),
        bot ? [bot] : api.bots().then((bots) => bots.filter((each) => each.default)),
      ]);
      this.inbox.started(id, name);
      if (this.thread === starting) this.#show(id, before);
    });
    if (this.thread === starting) this.#present(before);
  }

  async loadEarlier() {
    await this.#telling(async () => {
      await this.thread.conversation?.history();
    });
  }

  async loadMoreConversations() {
    await this.#telling(async () => {
      this.inbox.extend(await this.#client.api.conversations({ limit: PAGE, ...this.inbox.next }));
      this.#screen.onInbox();
    });
  }

  // -- coming and going -------------------------------------------------------------------------------------------

  #newClient() {
    const { api_url: api, ws_path: socket } = this.#config;
    const wsUrl = new URL(socket, location.href);
    wsUrl.protocol = wsUrl.protocol.replace("http", "ws");
    const { username } = this.identity;
    const storage = tabStorage();
    const client = new ConversationsClient({
      apiUrl: new URL(api, location.href).href,
      wsUrl: wsUrl.href,
      ...(storage && { storage }),
      ...(username !== null && { account: username, token: (asked) => this.identity.token(asked) }),
    });
    /** @type {<Value>(act: (value: Value) => void) => (value: Value) => void} */
    const whileHere = (act) => (value) => {
      if (client === this.#client) act(value);
    };
    client.on("state", whileHere(() => this.#changed()));
    client.on("conversation", whileHere((conversation) => this.#goOn(conversation)));
    client.on("activity", whileHere((activity) => this.#said(activity)));
    client.on("problem", whileHere((problem) => this.#tell(problem)));
    client.on("signedOut", whileHere(() => this.#signInEnded()));
    return client;
  }

  #visit() {
    this.#present(new Thread(this.#watched(this.#client.conversation()), ""));
    this.#client.connect();
  }

  /** @param {string | null} id The conversation to open; without one, or when it is gone, the newest. */
  async #enter(id) {
    const client = this.#client;
    let claimed = null;
    await this.#telling(async () => {
      claimed = (await client.claim())?.id ?? null;
    });
    const wait = client === this.#client ? await this.#loadInbox() : 0;
    if (client !== this.#client) return;
    const chosen = claimed ?? id ?? this.inbox.items.at(0)?.id ?? null;
    if (wait && chosen === null) {
      // Connecting without a conversation would begin one, and there may be others.
      this.#enterTimer = setTimeout(() => void this.#enter(id), wait);
      return;
    }
    this.#show(chosen);
    if (claimed !== null) this.#screen.onGoodNews("What you said before signing in is now kept in your conversations.");
    client.connect();
  }

  #leave() {
    this.#client = this.#newClient();
    this.#lost = false;
    this.#ended = false;
    this.inbox.clear();
    clearTimeout(this.#inboxTimer);
    this.#inboxTimer = 0;
    clearTimeout(this.#enterTimer);
    remember(OPEN_CONVERSATION, null);
    const nowhere = new Thread(null, "");
    nowhere.starting = true;
    this.#present(nowhere);
    this.#screen.onAccount();
  }

  /**
   * @param {string | null} id Without one, the server chooses.
   * @param {Thread} before
   */
  #show(id, before = this.thread) {
    before.conversation?.close();
    const summary = this.inbox.find(id);
    const conversation = this.#client.conversation(id ?? undefined);
    const thread = new Thread(this.#watched(conversation), summary?.bot_name ?? "");
    thread.archived = summary?.status === "archived";
    this.inbox.mark(id, false);
    this.#present(thread);
    this.#named(conversation);
  }

  /** @param {Thread} thread */
  #present(thread) {
    this.thread = thread;
    this.#screen.onConversation();
    this.#screen.onInbox();
  }

  /** @param {Conversation} conversation */
  #watched(conversation) {
    conversation.on("change", () => {
      if (conversation !== this.thread.conversation) return;
      if (this.signedIn) this.#named(conversation);
      this.#screen.onConversation();
    });
    conversation.on("status", () => {
      if (conversation.ending === "gone") this.#gone(conversation);
    });
    return conversation;
  }

  /** @param {Conversation} conversation The server may have opened it where the user had none. */
  #named({ id, botName }) {
    if (id === null) return;
    if (recall(OPEN_CONVERSATION) !== id) {
      remember(OPEN_CONVERSATION, id);
      this.inbox.started(id, botName);
    } else if (!this.inbox.named(id, botName)) return;
    this.#screen.onInbox();
  }

  /** @param {Conversation} conversation Deleted, on another device, or not this user's. */
  #gone(conversation) {
    this.inbox.remove(conversation.id);
    this.#screen.onInbox();
    if (conversation !== this.thread.conversation) return;
    this.#screen.onNotice("That conversation is gone.");
    remember(OPEN_CONVERSATION, null);
    this.#show(this.inbox.items.at(0)?.id ?? null);
  }

  /** @param {Conversation} conversation What takes the place of a visitor's conversation that has ended. */
  #goOn(conversation) {
    const ending = this.thread.conversation?.ending;
    this.#ended = this.#client.state === "closed";
    this.thread.goOn(this.#watched(conversation));
    if (ending === "claimed") this.thread.note("This conversation is now kept by the account that signed in.");
    else if (this.#ended) this.thread.note("This conversation has ended, because nothing was said for a while.");
    else this.thread.note("The earlier conversation has ended. This is a new one.");
    this.#changed();
  }

  // -- what the client tells --------------------------------------------------------------------------------------

  #changed() {
    const { state } = this.#client;
    if (state === "waiting") this.#lost = true;
    if (state === "open" || state === "closed") this.#lost = false;
    if (state === "open" && this.#ended) {
      this.#ended = false;
      this.thread.note("A new conversation");
    }
    this.#screen.onConnection(this.#connection());
    this.#screen.onConversation();
  }

  /** @returns {Connection} */
  #connection() {
    const { state } = this.#client;
    if (state === "open") return "connected";
    if (state === "closed" && this.#ended) return "ended";
    if (!this.#lost) return "connecting";
    return navigator.onLine ? "reconnecting" : "offline";
  }

  /** @param {Activity} activity */
  #said({ conversationId: id, sender, content, timestamp }) {
    if (!this.signedIn) return;
    if (id !== this.thread.conversation?.id) this.inbox.mark(id, sender === "bot");
    if (!this.inbox.said(id, content, timestamp)) this.#loadInboxSoon();
    this.#screen.onInbox();
  }

  /** @param {Problem} problem */
  #tell({ error, message, retryAfter, concerns }) {
    const wait = error === "rate_limited" && concerns === "sending" && retryAfter !== null;
    this.#screen.onNotice(message, wait ? retryAfter / 1000 : undefined);
  }

  #signInEnded() {
    this.signOut();
    this.#screen.onNotice("Your sign-in has ended. Please sign in again.");
  }

  /** @returns {Promise<number>} Milliseconds after which to try again; 0 when it is loaded. */
  async #loadInbox() {
    let wait = RETRY_INBOX_AFTER_MS;
    await this.#telling(async () => {
      const page = await this.#client.api.conversations({ limit: PAGE }).catch((error) => {
        if (error instanceof ApiError && error.retryAfter) wait = error.retryAfter;
        throw error;
      });
      this.inbox.begin(page);
      this.#screen.onInbox();
      wait = 0;
    });
    return wait;
  }

  /** Once, however many conversations nobody here has heard of speak up. */
  #loadInboxSoon() {
    if (this.#inboxTimer) return;
    this.#inboxTimer = setTimeout(() => {
      this.#inboxTimer = 0;
      void this.#loadInbox();
    }, INBOX_SOON_MS);
  }

  /**
   * Do something that asks the server, and tell when it cannot be done.
   *
   * @param {() => Promise<void>} action
   */
  async #telling(action) {
    const client = this.#client;
    try {
      await action();
    } catch (error) {
      // That the sign-in has ended is told by the client.
      if (client !== this.#client || error instanceof SignedOutError) return;
      this.#screen.onNotice(error instanceof ApiError ? error.message : "The server cannot be reached at the moment.");
    }
  }
}
