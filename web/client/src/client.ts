/**
 * The client: one user or visitor, one connection, any number of conversations.
 *
 * @module
 */

import { Api } from "./api.ts";
import { BaseClient, VISITOR_OWNER } from "./base-client.ts";
import { VisitorClaim } from "./claim.ts";
import type { ClientOptions } from "./client-types.ts";
import type { Conversation } from "./conversation.ts";
import { checkWebSocket, createPlatform } from "./platform.ts";
import { type ClientStorage, MemoryStorage, Store } from "./storage.ts";
import { DEFAULT_TIMING } from "./timing.ts";

/**
 * A client of the Conversations API. Messages are delivered once and in order, and shown once and in order, over lost
 * connections, server restarts and page reloads.
 *
 * @example
 * ```ts
 * const client = new ConversationsClient({ apiUrl, wsUrl, storage: sessionStorage });
 * const conversation = client.conversation();
 * conversation.on("change", ({ messages }) => render(messages));
 * client.connect();
 * conversation.send("Hello");
 * ```
 */
export class ConversationsClient extends BaseClient {
  /** The REST API, called as the user. */
  readonly api: Api;
  readonly #storage: ClientStorage;

  constructor(options: ClientOptions) {
    const { account = "", apiUrl, storage = new MemoryStorage(), timing, token = null } = options;
    const platform = createPlatform(options.webSocket, options.platform);
    const { requestTimeout } = { ...DEFAULT_TIMING, ...timing };
    const api = new Api(apiUrl, token, () => this.#onSignedOut(), platform, requestTimeout);
    super({ ...options, platform, storage }, token === null ? null : { api, owner: `user/${account}` });
    this.api = api;
    this.#storage = storage;
  }

  /**
   * Connect and stay connected. If no conversation is open, the server chooses or starts one.
   *
   * @throws Error if there is no class `WebSocket`, neither in the runtime nor in the options.
   */
  override connect(): void {
    checkWebSocket(this.platform);
    super.connect();
  }

  /**
   * Start a new conversation of the user.
   *
   * @throws `ApiError` | `SignedOutError`
   */
  async start(options: { readonly botId?: string } = {}): Promise<Conversation> {
    const body = options.botId === undefined ? {} : { bot_id: options.botId };
    const { session_id: id } = await this.api.startConversation(body);
    return this.conversation(id);
  }

  /**
   * Claim the conversation that the user started as a visitor on this storage, with its unsent messages. Idempotent; if
   * it throws, it can be called again.
   *
   * @returns The conversation, which now belongs to the user; `null` if the visitor has no conversation, or it has expired.
   * @throws `ApiError` | `SignedOutError`
   */
  async claim(): Promise<Conversation | null> {
    const claim = new VisitorClaim(this.api, new Store(this.#storage, VISITOR_OWNER), this.platform);
    const claimed = await claim.claim();
    let conversation: Conversation | null = null;
    if (claimed !== null) {
      this.addUnsent(claimed.unsentMessages);
      conversation = this.conversation(claimed.id);
    }
    claim.clear();
    return conversation;
  }

  #onSignedOut(): void {
    this.close();
    this.emit("signedOut", null);
  }
}
