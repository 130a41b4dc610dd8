/**
 * The REST endpoints, called as the signed-in user.
 *
 * @module
 */

import { ApiError, NO_ANSWER, SignedOutError } from "./errors.ts";
import type { Platform } from "./platform.ts";
import type {
  Attachment,
  BotSummary,
  ConversationPage,
  ConversationSummary,
  ErrorCode,
  ExportPage,
  HistoryPage,
  Rating,
  Receipt,
  StartedUpload,
  UploadReference,
  UploadRequest,
} from "./protocol.ts";

/**
 * Returns the user's access token.
 *
 * @param options - `fresh`: the last token was rejected, so a cached one must not be returned.
 * @throws {@link SignedOutError} if the user is signed out.
 */
export type TokenProvider = (options: { readonly fresh: boolean }) => Promise<string>;

/** Where a page of history ends or starts: a message id or a timestamp. */
export interface HistoryCursor {
  readonly before?: string;
  readonly after?: string;
}

type Body = Readonly<Record<string, unknown>>;

export class Api {
  readonly #baseUrl: string;
  readonly #getToken: TokenProvider | null;
  readonly #onSignedOut: () => void;
  readonly #platform: Platform;
  readonly #requestTimeout: number;
  #needsFreshToken = false;

  /**
   * @param baseUrl - The URL of the API, without a slash at the end.
   * @param getToken - `null` for visitors, who have no access to REST.
   * @param onSignedOut - Called when a fresh token is rejected too.
   * @param requestTimeout - Time limit for a request, in milliseconds.
   */
  constructor(
    baseUrl: string,
    getToken: TokenProvider | null,
    onSignedOut: () => void,
    platform: Platform,
    requestTimeout: number,
  ) {
    this.#baseUrl = baseUrl;
    this.#getToken = getToken;
    this.#onSignedOut = onSignedOut;
    this.#platform = platform;
    this.#requestTimeout = requestTimeout;
  }

  /** Ask for a fresh token at the next request, because the socket rejected the current one. */
  invalidateToken(): void {
    this.#needsFreshToken = true;
  }

  /** Create a one-use ticket for opening a socket. */
  async createTicket(): Promise<string> {
    return (await this.#request<{ ticket: string }>("POST", "/tickets", {})).ticket;
  }

  /** List the bots that the user may talk to. */
  async listBots(): Promise<readonly BotSummary[]> {
    return (await this.#request<{ bots: readonly BotSummary[] }>("GET", "/bots")).bots;
  }

  /** Start a conversation, with the default bot if no bot is given. */
  startConversation(options: { readonly bot_id?: string; readonly initial_message?: string } = {}): Promise<{
    readonly conversation_id: string;
    readonly session_id: string;
  }> {
    return this.#request("POST", "/conversations/start", options);
  }

  /** Transfer a visitor's conversation to this user. Idempotent. */
  claimConversation(sessionToken: string): Promise<ConversationSummary> {
    return this.#request("POST", "/conversations/claim", { session_token: sessionToken });
  }

  getConversation(id: string): Promise<ConversationSummary> {
    return this.#request("GET", `/conversations/${encodeURIComponent(id)}`);
  }

  listConversations(query: Readonly<Record<string, string>> = {}): Promise<ConversationPage> {
    return this.#request("GET", `/conversations${formatQuery(query)}`);
  }

  /** Archive or reopen a conversation, or change its title; without one (`null`) it has the name of its bot. */
  updateConversation(
    id: string,
    change: { readonly status?: ConversationSummary["status"]; readonly title?: string | null },
  ): Promise<ConversationSummary> {
    return this.#request("PATCH", `/conversations/${encodeURIComponent(id)}`, change);
  }

  /** Delete a conversation. The request is sent even if the page is being left. */
  async deleteConversation(id: string): Promise<void> {
    await this.#request("DELETE", `/conversations/${encodeURIComponent(id)}`);
  }

  /**
   * Get a page of everything that is stored about the user.
   *
   * @param cursor - `next_cursor` of the page before; `null` for the first page.
   */
  exportData(cursor: string | null = null): Promise<ExportPage> {
    return this.#request("GET", `/me/export${formatQuery(cursor === null ? {} : { cursor })}`);
  }

  /** Delete everything that is stored about the user. Nothing of it can be read after this call. */
  async deleteData(): Promise<void> {
    await this.#request("DELETE", "/me");
  }

  /** Get a page of history, oldest message first: the newest page, or the one at the cursor. */
  getHistory(id: string, limit: number, cursor: HistoryCursor = {}): Promise<HistoryPage> {
    const query = formatQuery({ limit: String(limit), ...cursor });
    return this.#request("GET", `/conversations/${encodeURIComponent(id)}/history${query}`);
  }

  /** Begin to upload a file: `Conversation.upload` does it all. */
  createUpload(id: string, file: UploadRequest): Promise<StartedUpload> {
    return this.#request("POST", `/conversations/${encodeURIComponent(id)}/files`, { ...file });
  }

  /** Send a message that is too large for a WebSocket frame. */
  sendMessage(
    id: string,
    message: {
      readonly content: string;
      readonly client_message_id: string;
      readonly attachments?: readonly (Attachment | UploadReference)[];
    },
  ): Promise<Receipt> {
    return this.#request("POST", `/conversations/${encodeURIComponent(id)}/messages`, message);
  }

  /** Rate a message of the bot; `null` removes the rating. */
  async rateMessage(id: string, messageId: string, rating: Rating | null): Promise<void> {
    await this.#request("PUT", `/conversations/${encodeURIComponent(id)}/messages/${messageId}/rating`, { rating });
  }

  async #request<T>(method: string, path: string, body?: Body): Promise<T> {
    try {
      const response = await this.#fetchAuthorized(method, path, body);
      if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
      throw await parseError(response);
    } catch (error) {
      if (error instanceof SignedOutError) this.#onSignedOut();
      throw error;
    }
  }

  async #fetchAuthorized(method: string, path: string, body?: Body): Promise<Response> {
    const response = await this.#fetch(method, path, await this.#createAuthHeader(), body);
    if (response.status !== 401) return response;
    this.#needsFreshToken = true;
    const secondResponse = await this.#fetch(method, path, await this.#createAuthHeader(), body);
    if (secondResponse.status === 401) throw new SignedOutError();
    return secondResponse;
  }

  async #createAuthHeader(): Promise<Record<string, string>> {
    if (this.#getToken === null) throw new SignedOutError();
    const token = await this.#getToken({ fresh: this.#needsFreshToken });
    this.#needsFreshToken = false;
    return { authorization: `Bearer ${token}` };
  }

  #fetch(method: string, path: string, headers: Record<string, string>, body?: Body): Promise<Response> {
    return this.#platform.fetch(this.#baseUrl + path, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      cache: "no-store",
      // A page that is being left may still delete.
      keepalive: method === "DELETE",
      signal: AbortSignal.timeout(this.#requestTimeout),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

function formatQuery(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text && `?${text}`;
}

async function parseError(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as { readonly error?: ErrorCode; readonly detail?: string };
  const seconds = Number(response.headers.get("retry-after"));
  const message = body.detail ?? NO_ANSWER;
  return new ApiError(response.status, body.error ?? "internal", message, seconds > 0 ? seconds * 1000 : null);
}
