// @ts-check
/** @import { Config, Connection, Frame, Message, Suggestion } from "./types.js" */
/** @import { Letter } from "./outbox.js" */
import { Api, ApiError } from "./api.js";
import { Conversation } from "./conversation.js";
import { Identity, SignedOutError } from "./identity.js";
import { conversationId, keyOf, randomId, sessionId } from "./ids.js";
import { Inbox } from "./inbox.js";
import { Outbox } from "./outbox.js";
import { Socket } from "./socket.js";
import { recall, remember } from "./storage.js";
import { Visitor } from "./visitor.js";

const OPEN_CONVERSATION = "open-conversation";
const TYPING_LASTS_MS = 60_000;
const LATE_FRAME_WITHIN_MS = 1_000;
const REFUSALS_BEFORE_GIVING_UP = 2;
const RETRY_INBOX_AFTER_S = 5;

/**
 * What the client tells whoever shows it. The client knows nothing of the page.
 *
 * @typedef {object} Screen
 * @property {() => void} onAccount Who is talking has changed.
 * @property {(connection: Connection) => void} onConnection
 * @property {() => void} onConversation The open conversation, or anything in it, has changed.
 * @property {() => void} onInbox
 * @property {(text: string, seconds?: number) => void} onNotice Something to tell, and for how long to wait with sending.
 */

/** The chat client: one person, one socket, one open conversation, after the contract. */
export class Client {
  identity = new Identity();
  visitor = new Visitor();
  inbox = new Inbox();
  conversation = new Conversation(null, "");
  #config;
  #screen;
  #api;
  #socket;
  #outbox;
  #typingTimer = 0;
  #gapTimer = 0;
  #inboxTimer = 0;
  #enterTimer = 0;
  /** The visitor has been told that the conversation has ended. */
  #expired = false;
  /** @type {"connecting" | "connected" | "reconnecting" | "ended"} */
  #state = "connecting";

  /**
   * @param {Config} config
   * @param {Screen} screen
   */
  constructor(config, screen) {
    this.#config = config;
    this.#screen = screen;
    this.#api = new Api(config.api_url, this.identity);
    this.#outbox = new Outbox({
      transmit: (letter) => this.#transmit(letter),
      onSilence: () => this.#socket.restart(),
      onFailed: (letter) => {
        this.conversation.failed(letter.clientId, letter.reason);
        this.#screen.onConversation();
      },
    });
    this.#socket = new Socket({
      dial: () => this.#dial(),
      onFrame: (frame) => this.#receive(frame),
      onState: (state) => this.#changed(state),
      onRefused: (refusals) => this.#refused(refusals),
    });
    addEventListener("online", () => this.#changed(this.#state));
    addEventListener("offline", () => this.#changed(this.#state));
  }

  get signedIn() {
    return this.identity.username !== null;
  }

  /** Take up what this tab remembers, or begin as a visitor. */
  async begin() {
    this.#screen.onAccount();
    if (this.signedIn) await this.#enter(recall(OPEN_CONVERSATION));
    else this.#visit();
  }

  /** @param {string} username */
  async signIn(username) {
    await this.identity.signIn(username);
    this.#leave();
    this.#screen.onAccount();
    await this.#enter(null);
  }

  signOut() {
    this.#leave();
    this.identity.signOut();
    this.#screen.onAccount();
    this.#visit();
  }

  /**
   * @param {string} content
   * @param {string} shown
   */
  send(content, shown = content) {
    const { conversation } = this;
    const timestamp = new Date().toISOString();
    const letter = { clientId: randomId(), key: conversation.key, content, shown, timestamp, tries: 0 };
    conversation.write(letter);
    this.#screen.onConversation();
    this.#outbox.add(letter);
    if (this.#state === "ended") this.#socket.connect();
  }

  /** @param {string} clientId */
  retry(clientId) {
    this.conversation.failed(clientId, undefined);
    this.#screen.onConversation();
    this.#outbox.retry(clientId);
  }

  /** A visitor's conversation has ended; begin another. */
  beginAgain() {
    this.#socket.connect();
  }

  /** @param {string} key */
  async open(key) {
    if (this.conversation.key === key) return;
    await this.#show(key);
  }

  async startConversation() {
    const before = this.conversation;
    const starting = new Conversation(null, before.botName);
    starting.starting = true;
    this.#present(starting);
    await this.#telling(async () => {
      const { session_id: id } = await this.#api.start();
      this.inbox.started(keyOf(id), starting.botName);
      if (this.conversation === starting) await this.#show(keyOf(id));
    });
    if (this.conversation === starting) this.#present(before);
  }

  async loadEarlier() {
    const { conversation } = this;
    const before = conversation.firstId;
    if (!before) return;
    await this.#telling(async () => {
      const page = await this.#history(conversation, { before });
      conversation.hasEarlier = page.has_more;
      this.#screen.onConversation();
    });
  }

  async loadMoreConversations() {
    await this.#telling(async () => {
      this.inbox.extend(await this.#api.conversations(this.inbox.next));
      this.#screen.onInbox();
    });
  }

  // -- coming and going -------------------------------------------------------------------------------------------

  #visit() {
    const conversation = new Conversation(this.visitor.key, "");
    const transcript = this.visitor.transcript();
    if (transcript) {
      conversation.botName = transcript.botName;
      for (const message of transcript.messages) conversation.add(message);
    }
    this.#present(conversation);
    this.#socket.connect();
  }

  /** @param {string | null} key The conversation to open; without one, or when it is gone, the newest. */
  async #enter(key) {
    const { username } = this.identity;
    const wait = await this.#loadInbox();
    if (this.identity.username !== username) return;
    const newest = this.inbox.items.at(0);
    const chosen = key ?? (newest ? keyOf(newest.id) : null);
    if (wait && chosen === null) {
      // Connecting without a conversation would begin one, and there may be others.
      this.#enterTimer = setTimeout(() => void this.#enter(key), wait * 1000);
      return;
    }
    if (chosen !== null) await this.#show(chosen);
    if (this.identity.username === username) this.#socket.connect();
  }

  #leave() {
    this.#socket.close();
    this.#outbox.clear();
    this.inbox.clear();
    this.visitor.forget();
    clearTimeout(this.#inboxTimer);
    this.#inboxTimer = 0;
    clearTimeout(this.#enterTimer);
    remember(OPEN_CONVERSATION, null);
    this.#present(new Conversation(null, ""));
  }

  /** @param {string} key */
  async #show(key) {
    const summary = this.inbox.find(key);
    const conversation = new Conversation(key, summary?.bot_name ?? "");
    conversation.archived = summary?.status === "archived";
    remember(OPEN_CONVERSATION, key);
    this.inbox.mark(key, false);
    this.#present(conversation);
    await this.#telling(() => this.#loadNewest(conversation));
  }

  /** @param {Conversation} conversation */
  #present(conversation) {
    clearTimeout(this.#typingTimer);
    clearTimeout(this.#gapTimer);
    this.conversation = conversation;
    for (const letter of this.#outbox.letters) if (letter.key === conversation.key) conversation.write(letter);
    this.#screen.onConversation();
    this.#screen.onInbox();
  }

  // -- the socket -------------------------------------------------------------------------------------------------

  async #dial() {
    const url = new URL(this.#config.ws_path, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    if (!this.signedIn) {
      const token = this.visitor.liveToken;
      if (token) url.searchParams.set("session_token", token);
      return { url: url.href, protocols: [] };
    }
    const token = await this.identity.token().catch((error) => {
      if (error instanceof SignedOutError) this.#signInEnded();
      throw error;
    });
    if (this.conversation.key) url.searchParams.set("session_id", sessionId(this.conversation.key));
    return { url: url.href, protocols: ["bearer", token] };
  }

  /** @param {"connecting" | "connected" | "reconnecting" | "ended"} state */
  #changed(state) {
    this.#state = state;
    if (state !== "connected") this.#outbox.interrupted();
    if (state === "reconnecting") this.conversation.typing = false;
    this.#screen.onConnection(state === "reconnecting" && !navigator.onLine ? "offline" : state);
    this.#screen.onConversation();
  }

  /** @param {number} refusals */
  async #refused(refusals) {
    if (!(await this.#api.reachable())) return;
    if (!this.signedIn) {
      if (refusals >= REFUSALS_BEFORE_GIVING_UP) this.visitor.refused();
      return;
    }
    this.identity.expire();
    if (refusals < REFUSALS_BEFORE_GIVING_UP || !this.conversation.key) return;
    await this.#telling(() => this.#loadNewest(this.conversation));
  }

  /** @param {Letter} letter */
  #transmit({ content, clientId, key }) {
    if (!this.#socket.ready || key === null) return false;
    return this.#socket.send({ type: "message", content, client_message_id: clientId, session_id: sessionId(key) });
  }

  /** @param {Frame} frame */
  #receive(frame) {
    switch (frame.type) {
      case "status":
        return this.#onStatus(frame);
      case "message":
        return this.#onMessage(/** @type {Frame & Message} */ (frame));
      case "typing":
        return this.#here(frame) && this.#setTyping(true);
      case "suggestion":
        return this.#here(frame) && this.#suggest(frame.suggestions ?? []);
      case "error":
        return this.#onError(frame);
    }
  }

  /** @param {Frame} frame */
  #onStatus(frame) {
    if (frame.status === "connected") this.#onConnected(frame);
    else if (frame.status === "delivered") this.#onDelivered(frame);
    else if (frame.status === "expired" && !this.signedIn && this.#here(frame)) this.#onExpired();
  }

  /** @param {Frame} frame */
  #onConnected(frame) {
    if (!frame.session_id) return;
    const key = keyOf(frame.session_id);
    const { conversation } = this;
    if (!this.signedIn) {
      if (conversation.key !== null && conversation.key !== key) this.#sessionChanged(key);
      this.visitor.arrived(key, frame.session_token, frame.expires_in);
    }
    if (conversation.key === null && !conversation.starting) this.#named(key, frame.bot_name ?? "");
    if (conversation.key === key && frame.bot_name) conversation.botName = frame.bot_name;
    this.#socket.welcome();
    this.#screen.onConversation();
    this.#outbox.pump();
    if (this.signedIn && conversation.key !== null) void this.#telling(() => this.#fill(conversation));
  }

  /**
   * The server has opened a conversation where the page had none.
   *
   * @param {string} key
   * @param {string} botName
   */
  #named(key, botName) {
    const { conversation } = this;
    conversation.key = key;
    this.#outbox.readdress(null, key);
    if (!this.signedIn) return;
    remember(OPEN_CONVERSATION, key);
    this.inbox.started(key, botName);
    this.#screen.onInbox();
  }

  /** @param {string} key */
  #sessionChanged(key) {
    const { conversation } = this;
    conversation.note(this.#expired ? "A new conversation" : "The earlier conversation has ended. This is a new one.");
    this.#expired = false;
    this.#outbox.readdress(conversation.key, key);
    conversation.beginAnew(key);
  }

  #onExpired() {
    this.#expired = true;
    this.#socket.close();
    this.visitor.refused();
    const waiting = this.#outbox.letters.length > 0;
    this.conversation.note("This conversation has ended, because nothing was said for a while.");
    this.conversation.suggestions = [];
    this.conversation.typing = false;
    this.#changed("ended");
    if (waiting) this.#socket.connect();
  }

  /** @param {Frame} frame */
  #onDelivered(frame) {
    const clientId = frame.client_message_id;
    if (!clientId) return;
    const letter = this.#outbox.letters.find((each) => each.clientId === clientId);
    this.conversation.delivered(clientId, frame);
    if (letter?.key && frame.timestamp) this.#said(letter.key, letter.content, frame.timestamp);
    this.#outbox.delivered(clientId);
    this.#screen.onConversation();
  }

  /** @param {Frame & Message} frame */
  #onMessage(frame) {
    const key = keyOf(frame.session_id ?? frame.conversation_id ?? "");
    const { conversation } = this;
    const here = key === conversation.key;
    if (here) {
      if (frame.sender === "bot") this.#setTyping(false);
      conversation.add(frame);
      if (this.signedIn && conversation.hasGap) this.#fillSoon(conversation);
    }
    if (frame.client_message_id && frame.sender === "user") this.#outbox.delivered(frame.client_message_id);
    if (!here) this.inbox.mark(key, frame.sender === "bot");
    this.#said(key, frame.content, frame.timestamp);
    this.#screen.onConversation();
  }

  /** @param {Frame} frame */
  #onError(frame) {
    if (frame.error === "unauthorized" && this.signedIn) {
      this.identity.expire();
      this.#socket.restart();
      return;
    }
    const text = frame.message || "The server could not do that.";
    if (this.#here(frame)) this.#setTyping(false);
    if (frame.client_message_id) this.#outbox.failed(frame.client_message_id, reasonOf(frame));
    this.#screen.onNotice(text, frame.error === "rate_limited" ? frame.retry_after : undefined);
  }

  /** @param {Frame} frame */
  #here(frame) {
    return frame.session_id !== undefined && keyOf(frame.session_id) === this.conversation.key;
  }

  /** @param {boolean} typing */
  #setTyping(typing) {
    clearTimeout(this.#typingTimer);
    this.conversation.typing = typing;
    if (typing) this.#typingTimer = setTimeout(() => this.#setTyping(false), TYPING_LASTS_MS);
    this.#screen.onConversation();
  }

  /** @param {Suggestion[]} suggestions */
  #suggest(suggestions) {
    this.conversation.suggestions = suggestions;
    if (!this.signedIn) this.visitor.spoke(this.conversation);
    this.#screen.onConversation();
  }

  // -- history and the list ---------------------------------------------------------------------------------------

  /**
   * @param {Conversation} conversation
   * @param {{before?: string, after?: string}} [cursor]
   */
  async #history(conversation, cursor) {
    const page = await this.#api.history(conversationId(conversation.key ?? ""), cursor).catch((error) => {
      if (conversation !== this.conversation || !(error instanceof ApiError)) throw error;
      if (error.status !== 403 && error.status !== 404) throw error;
      this.#gone(conversation);
      return { messages: [], has_more: false };
    });
    for (const message of page.messages) conversation.add(message);
    return page;
  }

  /** @param {Conversation} conversation Deleted, on another device, or not this user's. */
  #gone(conversation) {
    this.#screen.onNotice("That conversation is gone.");
    remember(OPEN_CONVERSATION, null);
    this.inbox.remove(conversation.key);
    this.#outbox.abandon(conversation.key);
    const next = this.inbox.items.at(0);
    if (next) void this.#show(keyOf(next.id));
    else this.#present(new Conversation(null, ""));
    if (!next && this.#socket.ready) this.#socket.connect();
  }

  /** @param {Conversation} conversation */
  async #loadNewest(conversation) {
    const page = await this.#history(conversation);
    conversation.hasEarlier = page.has_more;
    this.#screen.onConversation();
  }

  /**
   * Fetch what was said while this device was away.
   *
   * @param {Conversation} conversation
   */
  async #fill(conversation) {
    const after = conversation.lastSureId;
    if (!after) return this.#loadNewest(conversation);
    for (let more = true, last = after; more; ) {
      const page = await this.#history(conversation, { after: last });
      more = page.has_more && page.messages.length > 0;
      last = page.messages.at(-1)?.id ?? last;
    }
    this.#screen.onConversation();
  }

  /**
   * A message is missing before the last one. It may just be late; if it does not come, ask for it.
   *
   * @param {Conversation} conversation
   */
  #fillSoon(conversation) {
    clearTimeout(this.#gapTimer);
    this.#gapTimer = setTimeout(() => {
      if (conversation.hasGap) void this.#telling(() => this.#fill(conversation));
    }, LATE_FRAME_WITHIN_MS);
  }

  /** @returns {Promise<number>} Seconds after which to try again; 0 when it is loaded. */
  async #loadInbox() {
    let wait = RETRY_INBOX_AFTER_S;
    await this.#telling(async () => {
      const page = await this.#api.conversations().catch((error) => {
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
    }, LATE_FRAME_WITHIN_MS);
  }

  /**
   * @param {string} key
   * @param {string} content
   * @param {string} timestamp
   */
  #said(key, content, timestamp) {
    if (!this.signedIn) {
      this.visitor.spoke(this.conversation);
      return;
    }
    if (!this.inbox.said(key, content, timestamp)) this.#loadInboxSoon();
    this.#screen.onInbox();
  }

  #signInEnded() {
    this.signOut();
    this.#screen.onNotice("Your sign-in has ended. Please sign in again.");
  }

  /**
   * Do something that asks the server, and tell when it cannot be done.
   *
   * @param {() => Promise<void>} action
   */
  async #telling(action) {
    try {
      await action();
    } catch (error) {
      if (error instanceof SignedOutError) this.#signInEnded();
      else if (error instanceof ApiError) this.#screen.onNotice(error.message);
      else this.#screen.onNotice("The server cannot be reached at the moment.");
    }
  }
}

/** @param {Frame} frame */
function reasonOf(frame) {
  return frame.error === "rate_limited" ? "Too many messages" : "Not sent";
}
