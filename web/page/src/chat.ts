/**
 * The state of the page: the visitor or user, their list of conversations, and the open conversation.
 *
 * @module
 */

import { ConversationsClient } from "../../client/src/client.ts";
import type { Activity, ConversationChange } from "../../client/src/client-types.ts";
import type { ConnectionState } from "../../client/src/connection.ts";
import type { Conversation } from "../../client/src/conversation.ts";
import { ApiError } from "../../client/src/errors.ts";
import type { BotSummary } from "../../client/src/protocol.ts";
import type { Account } from "./account/account.ts";
import type { Config } from "./config.ts";
import type { ConversationList } from "./list/conversation-list.ts";
import { ListLoader } from "./list/list-loader.ts";
import { Requests } from "./requests.ts";
import { UserStorage, getTabStorage } from "./storage.ts";
import type { Texts } from "./texts/index.ts";
import { type Thread, getOpenId } from "./thread.ts";
import type { ToastContent } from "./toast.ts";

/** How the chat notifies the page of changes. */
export interface ChatHandlers {
  /** Anything to show has changed. */
  onChange(): void;
  onToast(content: ToastContent): void;
  /** Another conversation is open: the address has to name it. `null` if it has no name yet. */
  onOpened(id: string | null, isNewEntry: boolean): void;
  /** The user has to sign in again. */
  onSignedOut(): void;
}

/** One visitor or user on the page. Signing in and out replaces it. */
export class Chat {
  readonly account: Account | null;
  readonly client: ConversationsClient;
  readonly requests: Requests;
  /** Where the drafts are. */
  readonly storage: UserStorage;
  #thread: Thread = { kind: "starting", botName: "" };
  readonly #handlers: ChatHandlers;
  readonly #loader: ListLoader;
  readonly #texts: Texts;
  #bots: readonly BotSummary[] = [];
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #wasReconnecting = false;
  #isClosed = false;

  /** @param account - `null` for a visitor. */
  constructor(config: Config, account: Account | null, texts: Texts, handlers: ChatHandlers) {
    this.account = account;
    this.#texts = texts;
    this.#handlers = handlers;
    this.client = createClient(config, account);
    this.storage = new UserStorage(account?.id ?? "");
    this.requests = new Requests(texts, (text) => {
      if (!this.#isClosed) this.#handlers.onToast({ text, kind: "error" });
    });
    this.#loader = new ListLoader(
      this.client,
      () => this.#onListLoaded(),
      async (action) => void (await this.requests.run(action)),
    );
    this.#listen();
  }

  get thread(): Thread {
    return this.#thread;
  }

  get list(): ConversationList {
    return this.#loader.list;
  }

  get isLoadingList(): boolean {
    return this.#loader.isLoading;
  }

  /** Minutes of inactivity after which a visitor's conversation ends; 0 for users. */
  get idleMinutes(): number {
    return Math.round(this.client.lifetime / 60_000);
  }

  /** Whether the visitor or user has said something in the open conversation. */
  get hasMessages(): boolean {
    const { thread } = this;
    return thread.kind === "open" && thread.conversation.messages.some(({ sender }) => sender === "user");
  }

  /**
   * The name of the bot of the open conversation; empty if it is not known. A conversation that was just started learns it with
   * the next socket, and the list has it.
   */
  get botName(): string {
    const { thread } = this;
    if (thread.kind !== "open") return "";
    return thread.conversation.botName || (this.list.find(thread.conversation.id)?.bot_name ?? "");
  }

  /** What the bot of the open conversation says about itself; empty if nothing is known. */
  get botDescription(): string {
    return this.#bots.find((bot) => bot.name === this.botName)?.description ?? "";
  }

  /**
   * Start.
   *
   * @param id - The conversation that the address names.
   */
  async start(id: string | null): Promise<void> {
    if (this.account !== null) return this.#startAsUser(id);
    const conversation = this.client.conversation();
    this.client.connect();
    if (id === null || id === conversation.id) this.#show(conversation);
    else this.#setThread({ kind: "missing", id });
  }

  /** Stop, and keep what the client stores: messages that were not sent, and a visitor's conversation. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    this.#loader.stop();
    this.client.close();
  }

  /** Stop, and delete what the client stores. */
  forget(): void {
    this.close();
    this.client.forget();
    this.storage.clear();
  }

  /** Open a conversation that the user has chosen, or that an address names. */
  async open(id: string, { isNewEntry = true } = {}): Promise<void> {
    if (getOpenId(this.thread) === id) return;
    if (this.account === null) {
      if (this.client.conversation().id === id) this.#show(this.client.conversation());
      else this.#setThread({ kind: "missing", id });
      return;
    }
    if (this.list.find(id) !== undefined && !this.list.isHidden(id)) return this.#open(id, isNewEntry);
    this.#leaveConversation();
    const starting: Thread = { kind: "starting", botName: "" };
    this.#setThread(starting);
    const isThere = await this.#find(id);
    if (this.thread !== starting || this.#isClosed) return;
    if (isThere) this.#open(id, isNewEntry);
    else this.#setThread({ kind: "missing", id });
  }

  /** Open the newest conversation, or a new one if there is none. */
  openNewest(): void {
    const newest = this.list.items.at(0)?.id ?? null;
    if (this.account === null) this.#show(this.client.conversation());
    // When a socket is opened without a conversation, the server starts one.
    else if (newest !== null || this.client.state === "closed") this.#open(newest, false);
    else void this.startConversation();
  }

  /** Load the bots that the user may talk to. */
  async listBots(): Promise<readonly BotSummary[]> {
    await this.requests.run(async () => void (this.#bots = await this.client.api.listBots()));
    return this.#bots;
  }

  /** @param bot - The default bot if it is omitted. */
  async startConversation(bot?: BotSummary): Promise<void> {
    const previous = this.thread;
    const starting: Thread = { kind: "starting", botName: bot?.name ?? "" };
    this.#setThread(starting);
    const sentences = { not_found: this.#texts.botGone, forbidden: this.#texts.botForbidden };
    await this.requests.run(async () => {
      const { api } = this.client;
      const [{ conversation_id: id }, bots] = await Promise.all([
        api.startConversation(bot === undefined ? {} : { bot_id: bot.id }),
        bot === undefined ? api.listBots() : [bot],
      ]);
      this.list.add(id, (bot ?? bots.find((other) => other.default))?.name ?? "");
      if (this.thread !== starting) return;
      if (previous.kind === "open") previous.conversation.close();
      this.#open(id, true);
    }, sentences);
    if (this.thread === starting) this.#setThread(previous);
  }

  /** Show that a conversation was archived or reopened, on any device. */
  setStatus(id: string, status: "active" | "archived"): void {
    this.list.setStatus(id, status);
    if (id === getOpenId(this.thread)) this.#setArchived(status === "archived");
    this.#handlers.onChange();
  }

  async loadMore(): Promise<void> {
    await this.#loader.loadMore();
  }

  async search(text: string): Promise<void> {
    await this.#loader.search(text);
  }

  // -- starting ------------------------------------------------------------------------------------------------------

  async #startAsUser(id: string | null): Promise<void> {
    // Nothing can be sent before a conversation is open.
    this.#setThread({ kind: "starting", botName: "" });
    const claimedId = await this.#claimConversation();
    const retryDelay = await this.#loader.load();
    if (this.#isClosed) return;
    if (retryDelay > 0 && (claimedId ?? id) === null) {
      // Without a conversation the server would start one, although the list may have some.
      this.#retryTimer = setTimeout(() => void this.#startAsUser(id), retryDelay);
      return;
    }
    if (retryDelay > 0) this.#loader.scheduleReload(retryDelay);
    if (claimedId !== null) this.#handlers.onToast({ text: this.#texts.claimed, kind: "success" });
    const openId = claimedId ?? id;
    if (openId === null) this.openNewest();
    else await this.open(openId, { isNewEntry: false });
    this.client.connect();
    void this.client.api.listBots().then((bots) => {
      this.#bots = bots;
      this.#handlers.onChange();
    }, () => undefined);
  }

  /** @returns The id of the conversation that the user has begun as a visitor, if any. */
  async #claimConversation(): Promise<string | null> {
    let id: string | null = null;
    await this.requests.run(async () => {
      id = (await this.client.claim())?.id ?? null;
    });
    return id;
  }

  /** Load a conversation that is not in the loaded part of the list. */
  async #find(id: string): Promise<boolean> {
    if (this.list.isHidden(id)) return false;
    try {
      this.list.merge(await this.client.api.getConversation(id));
      return true;
    } catch (error) {
      // If it cannot be asked now, the client tries again and says why.
      return !(error instanceof ApiError && error.isGone);
    }
  }

  // -- the open conversation -----------------------------------------------------------------------------------------

  /** @param id - The server chooses if it is `null`. */
  #open(id: string | null, isNewEntry: boolean): void {
    this.#leaveConversation();
    const conversation = this.client.conversation(id ?? undefined);
    this.list.setUnread(id, false);
    this.#follow(conversation);
    this.#show(conversation, isNewEntry);
    this.#updateItem(conversation);
  }

  #leaveConversation(): void {
    if (this.thread.kind === "open") this.thread.conversation.close();
  }

  #show(conversation: Conversation, isNewEntry = false): void {
    const isArchived = this.list.find(conversation.id)?.status === "archived";
    this.#setThread({ kind: "open", conversation, isArchived });
    // A visitor's conversation can be opened in this tab only, by the token in its storage.
    this.#handlers.onOpened(this.account === null ? null : conversation.id, isNewEntry);
  }

  #setThread(thread: Thread): void {
    this.#thread = thread;
    this.#handlers.onChange();
  }

  #setArchived(isArchived: boolean): void {
    const { thread } = this;
    if (thread.kind !== "open" || thread.isArchived === isArchived) return;
    this.#handlers.onToast({
      text: isArchived ? this.#texts.archivedNotice : this.#texts.reopenedNotice,
      kind: "success",
    });
    this.#setThread({ ...thread, isArchived });
  }

  #follow(conversation: Conversation): void {
    conversation.on("change", () => {
      if (conversation !== this.#conversation) return;
      this.#updateItem(conversation);
      this.#handlers.onChange();
    });
    conversation.on("status", () => {
      if (conversation.endReason === "gone") this.#onGone(conversation.id);
    });
  }

  get #conversation(): Conversation | null {
    return this.thread.kind === "open" ? this.thread.conversation : null;
  }

  /** Add the open conversation to the list, because the server may have created it, or set the name of its bot. */
  #updateItem({ id, botName }: Conversation): void {
    if (id === null || this.account === null) return;
    if (this.list.find(id) === undefined) {
      this.list.add(id, botName);
      this.#handlers.onOpened(id, false);
    } else this.list.setBotName(id, botName);
  }

  /** It was deleted, on any device. */
  #onGone(id: string | null): void {
    const wasOpen = id !== null && id === getOpenId(this.thread);
    this.list.remove(id);
    this.#handlers.onChange();
    if (!wasOpen) return;
    this.#handlers.onToast({ text: this.#texts.gone, kind: "error" });
    this.openNewest();
  }

  // -- events of the client ------------------------------------------------------------------------------------------

  #listen(): void {
    this.client.on("state", (state) => this.#onState(state));
    this.client.on("conversationChange", (change) => this.#onConversationChange(change));
    this.client.on("conversation", (conversation) => this.#show(conversation));
    this.client.on("activity", (activity) => this.#onActivity(activity));
    this.client.on("signedOut", () => this.#handlers.onSignedOut());
    this.client.on("problem", ({ error }) => {
      const id = getOpenId(this.thread);
      if (error === "conflict" && id !== null) void this.#loader.loadItem(id);
    });
  }

  #onListLoaded(): void {
    const id = getOpenId(this.thread);
    this.list.setUnread(id, false);
    const item = this.list.find(id);
    if (item !== undefined) this.#setArchived(item.status === "archived");
    this.#handlers.onChange();
  }

  #onState(state: ConnectionState): void {
    // Other conversations may have changed while the connection was lost.
    if (state === "open" && this.account !== null && this.#wasReconnecting) this.#loader.scheduleReload();
    if (state === "waiting") this.#wasReconnecting = true;
    if (state === "open" || state === "closed") this.#wasReconnecting = false;
    this.#handlers.onChange();
  }

  #onActivity({ conversationId: id, sender, content, timestamp }: Activity): void {
    if (this.account === null) return;
    if (id !== getOpenId(this.thread)) this.list.setUnread(id, sender === "bot");
    if (!this.list.updateLastMessage(id, content, timestamp)) this.#loader.scheduleReload();
    this.#handlers.onChange();
  }

  #onConversationChange(change: ConversationChange): void {
    const { conversationId: id, status } = change;
    if (status === "deleted") return this.#onGone(id);
    if (status === "renamed") this.list.setTitle(id, change.title);
    else this.setStatus(id, status);
    this.#handlers.onChange();
  }
}

function createClient({ api_url: apiPath, ws_path: socketPath }: Config, account: Account | null): ConversationsClient {
  const wsUrl = new URL(socketPath, location.href);
  wsUrl.protocol = wsUrl.protocol.replace("http", "ws");
  wsUrl.hash = "";
  const storage = getTabStorage();
  return new ConversationsClient({
    apiUrl: new URL(apiPath, location.href).href,
    wsUrl: wsUrl.href,
    ...(storage !== undefined && { storage }),
    ...(account !== null && { account: account.id, token: (options) => account.getToken(options) }),
  });
}
