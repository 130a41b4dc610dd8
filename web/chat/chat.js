// @ts-check
/** @import { Activity, BotSummary, Conversation, ConversationChange, ErrorCode, Problem } from "../client/dist/index.js" */
/** @import { Config, ConnectionStatus } from "./types.js" */
import { SignedOutError } from "../client/dist/index.js";
import { BotDescriptions } from "./bot-descriptions.js";
import { createClient } from "./client.js";
import { ConnectionTracker } from "./connection-tracker.js";
import { Identity } from "./identity.js";
import { InboxLoader } from "./inbox-loader.js";
import { describeProblem, describeRequestError } from "./problem-text.js";
import { readItem, writeItem } from "./storage.js";
import { Thread } from "./thread.js";

const OPEN_CONVERSATION_NAME = "open-conversation";

/** What errors mean when a conversation with a bot is started. */
const BOT_SENTENCES = {
  not_found: "This bot is no longer available.",
  forbidden: "You do not have access to this bot.",
};

/**
 * How the chat notifies the page of changes. The chat does not depend on the page.
 *
 * @typedef {object} ChatHandlers
 * @property {() => void} onAccountChange
 * @property {(status: ConnectionStatus) => void} onConnectionChange
 * @property {() => void} onThreadChange The thread or anything in it has changed.
 * @property {() => void} onInboxChange
 * @property {(text: string) => void} onSuccess
 * @property {(text: string, seconds?: number) => void} onNotice A text to show, and how long sending is paused.
 */

/** The state of the page: the visitor or user, their list of conversations, and the open conversation. */
export class Chat {
  identity = new Identity();
  thread = new Thread(null, "");
  #config;
  #handlers;
  #client;
  #connection = new ConnectionTracker();
  #inboxLoader;
  #descriptions;
  #retryTimer = 0;

  /**
   * @param {Config} config
   * @param {ChatHandlers} handlers
   */
  constructor(config, handlers) {
    this.#config = config;
    this.#handlers = handlers;
    this.#client = this.#createClient();
    this.#inboxLoader = this.#createInboxLoader();
    this.#descriptions = this.#createDescriptions();
    addEventListener("online", () => this.#onStateChange());
    addEventListener("offline", () => this.#onStateChange());
  }

  get isSignedIn() {
    return this.identity.username !== null;
  }

  get inbox() {
    return this.#inboxLoader.inbox;
  }

  /** What the bot of the open conversation says about itself; empty if nothing is known. */
  get botDescription() {
    return this.#descriptions.find(this.thread.botName);
  }

  get connectionFailure() {
    return this.#client.connectionFailure;
  }

  /** Minutes of inactivity after which a visitor's conversation ends; 0 for users. */
  get idleMinutes() {
    return Math.round(this.#client.lifetime / 60_000);
  }

  /** Restore the user of this tab, or start as a visitor. */
  async start() {
    this.#handlers.onAccountChange();
    if (!this.isSignedIn) return this.#startAsVisitor();
    // Nothing can be sent before a conversation is open.
    this.#setThread(Thread.createStarting());
    await this.#startAsUser(readItem(OPEN_CONVERSATION_NAME));
  }

  /**
   * Sign in. If the visitor has sent a message, their conversation is claimed.
   *
   * @param {string} username
   */
  async signIn(username) {
    await this.identity.signIn(username);
    if (this.thread.lines.some(({ sender }) => sender === "user")) this.#client.close();
    else this.#client.forget();
    this.#reset();
    await this.#startAsUser(null);
  }

  signOut() {
    this.#client.forget();
    this.identity.signOut();
    this.#reset();
    this.#startAsVisitor();
  }

  /**
   * @param {string} content
   * @param {string} shown The text to display.
   */
  send(content, shown = content) {
    this.thread.conversation?.send(content, shown === content ? {} : { shown });
    this.#client.connect();
  }

  /** @param {string} clientMessageId */
  retry(clientMessageId) {
    this.thread.conversation?.retry(clientMessageId);
  }

  /** Stop the bot's answer. */
  stopAnswer() {
    this.thread.conversation?.stop();
  }

  /** Start another conversation after the visitor's one has ended. */
  startOver() {
    this.#client.connect();
  }

  /** @param {string} id */
  openConversation(id) {
    if (this.thread.conversation?.id !== id) this.#openConversation(id);
  }

  /** @returns {Promise<readonly BotSummary[]>} The bots; empty, after a notice, if the request has failed. */
  async listBots() {
    /** @type {readonly BotSummary[]} */
    let bots = [];
    await this.#reportErrors(async () => {
      bots = await this.#client.api.listBots();
    });
    return bots;
  }

  /** @param {BotSummary} [bot] The default bot if omitted. */
  async startConversation(bot) {
    const previous = this.thread;
    const starting = Thread.createStarting(bot?.name);
    this.#setThread(starting);
    await this.#reportErrors(async () => {
      const { api } = this.#client;
      const [{ conversation_id: id }, [{ name }]] = await Promise.all([
        api.startConversation(bot && { bot_id: bot.id }),
        bot ? [bot] : api.listBots().then((bots) => bots.filter((other) => other.default)),
      ]);
      this.inbox.addConversation(id, name);
      if (this.thread === starting) this.#openConversation(id, previous);
    }, BOT_SENTENCES);
    if (this.thread === starting) this.#setThread(previous);
  }

  async loadEarlier() {
    await this.#reportErrors(async () => {
      await this.thread.conversation?.loadEarlier();
    });
  }

  async loadMoreConversations() {
    await this.#inboxLoader.loadMore();
  }

  // -- starting and signing in --------------------------------------------------------------------------------------

  #createClient() {
    const client = createClient(this.#config, this.identity);
    /** @type {<Value>(listener: (value: Value) => void) => (value: Value) => void} */
    const ifCurrent = (listener) => (value) => {
      if (client === this.#client) listener(value);
    };
    client.on("state", ifCurrent(() => this.#onStateChange()));
    client.on("connectionFailure", ifCurrent(() => this.#onStateChange()));
    client.on("conversationChange", ifCurrent((change) => this.#onConversationChange(change)));
    client.on("conversation", ifCurrent((conversation) => this.#onConversationReplaced(conversation)));
    client.on("activity", ifCurrent((activity) => this.#onActivity(activity)));
    client.on("problem", ifCurrent((problem) => this.#onProblem(problem)));
    client.on("signedOut", ifCurrent(() => this.#onSignedOut()));
    return client;
  }

  #createInboxLoader() {
    return new InboxLoader(
      this.#client,
      () => this.#onInboxLoaded(),
      (action) => this.#reportErrors(action),
    );
  }

  #createDescriptions() {
    return new BotDescriptions(this.#client, () => this.#handlers.onThreadChange());
  }

  #startAsVisitor() {
    this.#setThread(new Thread(this.#watch(this.#client.conversation()), ""));
    this.#client.connect();
  }

  /** @param {string | null} id The conversation to open; the newest one if it is `null` or no longer exists. */
  async #startAsUser(id) {
    const client = this.#client;
    const claimedId = await this.#claimConversation();
    const retryDelay = client === this.#client ? await this.#inboxLoader.load() : 0;
    if (client !== this.#client) return;
    const openId = claimedId ?? id ?? this.inbox.items.at(0)?.id ?? null;
    if (retryDelay && openId === null) {
      // Without a conversation the server would start one, although the list may have some.
      this.#retryTimer = setTimeout(() => void this.#startAsUser(id), retryDelay);
      return;
    }
    if (retryDelay) this.#inboxLoader.scheduleReload(retryDelay);
    this.#openConversation(openId);
    void this.#descriptions.load();
    if (claimedId !== null) this.#handlers.onSuccess("Your conversation is now saved to your account.");
    client.connect();
  }

  /** @returns {Promise<string | null>} The id of the conversation that was the visitor's, if any. */
  async #claimConversation() {
    /** @type {string | null} */
    let id = null;
    await this.#reportErrors(async () => {
      id = (await this.#client.claim())?.id ?? null;
    });
    return id;
  }

  /** Discard the state of the current visitor or user. */
  #reset() {
    this.#inboxLoader.stop();
    clearTimeout(this.#retryTimer);
    this.#client = this.#createClient();
    this.#connection = new ConnectionTracker();
    this.#inboxLoader = this.#createInboxLoader();
    this.#descriptions = this.#createDescriptions();
    writeItem(OPEN_CONVERSATION_NAME, null);
    this.#setThread(Thread.createStarting());
    this.#handlers.onAccountChange();
  }

  // -- the open conversation ----------------------------------------------------------------------------------------

  /**
   * @param {string | null} id The server chooses if it is `null`.
   * @param {Thread} previous The thread to close.
   */
  #openConversation(id, previous = this.thread) {
    previous.conversation?.close();
    const item = this.inbox.find(id);
    const conversation = this.#client.conversation(id ?? undefined);
    const thread = new Thread(this.#watch(conversation), item?.bot_name ?? "");
    thread.archived = item?.status === "archived";
    this.inbox.setUnread(id, false);
    this.#setThread(thread);
    this.#updateInboxItem(conversation);
    if (id !== null && !item) void this.#inboxLoader.loadItem(id);
  }

  /** The list is new: it says whether the open conversation is archived. */
  #onInboxLoaded() {
    const id = this.thread.conversation?.id ?? null;
    this.inbox.setUnread(id, false);
    const status = this.inbox.find(id)?.status;
    if (status) this.#setArchived(status === "archived");
    this.#handlers.onInboxChange();
  }

  /** @param {boolean} archived */
  #setArchived(archived) {
    if (this.thread.archived === archived) return;
    this.thread.archived = archived;
    this.#handlers.onSuccess(`This conversation was ${archived ? "archived" : "reopened"}.`);
    this.#handlers.onThreadChange();
  }

  /** @param {Thread} thread */
  #setThread(thread) {
    this.thread = thread;
    this.#handlers.onThreadChange();
    this.#handlers.onInboxChange();
  }

  /** @param {Conversation} conversation */
  #watch(conversation) {
    conversation.on("change", () => {
      if (conversation !== this.thread.conversation) return;
      if (this.isSignedIn) this.#updateInboxItem(conversation);
      this.#handlers.onThreadChange();
    });
    conversation.on("status", () => {
      if (conversation.endReason === "gone") this.#onConversationGone(conversation);
    });
    return conversation;
  }

  /**
   * Add the open conversation to the list, because the server may have created it, or set the name of its bot.
   *
   * @param {Conversation} conversation
   */
  #updateInboxItem({ id, botName }) {
    if (id === null) return;
    if (readItem(OPEN_CONVERSATION_NAME) !== id) {
      writeItem(OPEN_CONVERSATION_NAME, id);
      this.inbox.addConversation(id, botName);
    } else if (!this.inbox.setBotName(id, botName)) return;
    this.#handlers.onInboxChange();
  }

  /** @param {Conversation} conversation It was deleted on another device, or belongs to another user. */
  #onConversationGone(conversation) {
    this.inbox.remove(conversation.id);
    this.#handlers.onInboxChange();
    if (conversation !== this.thread.conversation) return;
    this.#handlers.onNotice("This conversation no longer exists.");
    writeItem(OPEN_CONVERSATION_NAME, null);
    this.#openConversation(this.inbox.items.at(0)?.id ?? null);
  }

  /** @param {Conversation} conversation The conversation that replaces the visitor's one, which has ended. */
  #onConversationReplaced(conversation) {
    const endReason = this.thread.conversation?.endReason;
    this.#connection.hasEnded = this.#client.state === "closed";
    this.thread.replaceConversation(this.#watch(conversation));
    if (endReason === "claimed") this.thread.addNote("This conversation has moved to the account that signed in.");
    else if (this.#connection.hasEnded) this.thread.addNote("This conversation has ended because of inactivity.");
    else this.thread.addNote("The previous conversation has ended. This is a new one.");
    this.#onStateChange();
  }

  // -- other events of the client -----------------------------------------------------------------------------------

  #onStateChange() {
    const { state } = this.#client;
    // Other conversations may have changed while the connection was lost.
    if (state === "open" && this.isSignedIn && this.#connection.isReconnecting) this.#inboxLoader.scheduleReload();
    this.#connection.update(state);
    if (state === "open" && this.#connection.hasEnded) {
      this.#connection.hasEnded = false;
      this.thread.addNote("New conversation");
    }
    this.#handlers.onConnectionChange(this.#connection.getStatus(state));
    this.#handlers.onThreadChange();
  }

  /** @param {Activity} activity */
  #onActivity({ conversationId: id, sender, content, timestamp }) {
    if (!this.isSignedIn) return;
    if (id !== this.thread.conversation?.id) this.inbox.setUnread(id, sender === "bot");
    if (!this.inbox.updateLastMessage(id, content, timestamp)) this.#inboxLoader.scheduleReload();
    this.#handlers.onInboxChange();
  }

  /** @param {ConversationChange} change */
  #onConversationChange({ conversationId: id, status }) {
    if (status === "renamed") return;
    if (status === "deleted") this.inbox.remove(id);
    else this.inbox.setStatus(id, status);
    if (status !== "deleted" && id === this.thread.conversation?.id) this.#setArchived(status === "archived");
    this.#handlers.onInboxChange();
  }

  /** @param {Problem} problem */
  #onProblem(problem) {
    const { error, retryAfter, operation } = problem;
    const pausesSending = error === "rate_limited" && operation === "sending" && retryAfter !== null;
    this.#handlers.onNotice(describeProblem(problem), pausesSending ? retryAfter / 1000 : undefined);
    const id = this.thread.conversation?.id;
    if (error === "conflict" && id) void this.#inboxLoader.loadItem(id);
  }

  #onSignedOut() {
    this.signOut();
    this.#handlers.onNotice("Your session has expired. Please sign in again.");
  }

  /**
   * Run a request and show a notice if it fails.
   *
   * @param {() => Promise<void>} action
   * @param {Partial<Record<ErrorCode, string>>} sentences What errors mean for this request, where it differs.
   */
  async #reportErrors(action, sentences = {}) {
    const client = this.#client;
    try {
      await action();
    } catch (error) {
      // The client's `signedOut` event reports the end of the sign-in.
      if (client !== this.#client || error instanceof SignedOutError) return;
      this.#handlers.onNotice(describeRequestError(error, sentences));
    }
  }
}
