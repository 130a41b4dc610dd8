/**
 * The REST endpoints, in the name of the signed-in user.
 *
 * @module
 */

import { ApiError, SignedOutError } from "./errors.ts";
import type { Platform } from "./platform.ts";
import type {
  Attachment,
  BotSummary,
  ConversationPage,
  ConversationSummary,
  ErrorWord,
  HistoryPage,
  Receipt,
} from "./protocol.ts";

/**
 * Gives the user's access token.
 *
 * @param options - `fresh`: the last one was refused, so a cached one will not do.
 * @throws {@link SignedOutError} if there is none to be had any more.
 */
export type TokenSource = (options: { readonly fresh: boolean }) => Promise<string>;

/** Where a page of history begins or ends: a message id or a timestamp. */
export interface HistoryCursor {
  readonly before?: string;
  readonly after?: string;
}

type Body = Readonly<Record<string, unknown>>;

export class Api {
  readonly #base: string;
  readonly #token: TokenSource | null;
  readonly #onSignedOut: () => void;
  readonly #platform: Platform;
  readonly #within: number;
  #fresh = false;

  /**
   * @param base - Where the API is, without a slash at the end.
   * @param token - `null` for visitors, who have no REST.
   * @param onSignedOut - Called when no token is taken any more.
   * @param within - Milliseconds a request may take.
   */
  constructor(base: string, token: TokenSource | null, onSignedOut: () => void, platform: Platform, within: number) {
    this.#base = base;
    this.#token = token;
    this.#onSignedOut = onSignedOut;
    this.#platform = platform;
    this.#within = within;
  }

  /** The token was refused elsewhere: ask for a fresh one next time. */
  refuseToken(): void {
    this.#fresh = true;
  }

  /** A one-use ticket for opening a socket. */
  async ticket(): Promise<string> {
    return (await this.#ask<{ ticket: string }>("POST", "/tickets", {})).ticket;
  }

  /** The bots the user may begin a conversation with. */
  async bots(): Promise<readonly BotSummary[]> {
    return (await this.#ask<{ bots: readonly BotSummary[] }>("GET", "/bots")).bots;
  }

  /** Begin a conversation; without a bot, with the default one. */
  start(options: { readonly bot_id?: string; readonly initial_message?: string } = {}): Promise<{
    readonly conversation_id: string;
    readonly session_id: string;
  }> {
    return this.#ask("POST", "/conversations/start", options);
  }

  /** Make a visitor's session this user's conversation; asking again changes nothing. */
  claim(sessionToken: string): Promise<ConversationSummary> {
    return this.#ask("POST", "/conversations/claim", { session_token: sessionToken });
  }

  conversation(id: string): Promise<ConversationSummary> {
    return this.#ask("GET", `/conversations/${encodeURIComponent(id)}`);
  }

  conversations(query: Readonly<Record<string, string>> = {}): Promise<ConversationPage> {
    return this.#ask("GET", `/conversations${search(query)}`);
  }

  /** A page of history, oldest first: the newest one, or the one a cursor names. */
  history(id: string, limit: number, cursor: HistoryCursor = {}): Promise<HistoryPage> {
    const query = search({ limit: String(limit), ...cursor });
    return this.#ask("GET", `/conversations/${encodeURIComponent(id)}/history${query}`);
  }

  /** What the socket does too, for what is too large for a frame. */
  send(
    id: string,
    message: {
      readonly content: string;
      readonly client_message_id: string;
      readonly attachments?: readonly Attachment[];
    },
  ): Promise<Receipt> {
    return this.#ask("POST", `/conversations/${encodeURIComponent(id)}/messages`, message);
  }

  /** Whether the server is there. A browser does not say why a handshake was refused, so this tells half of it. */
  async reachable(): Promise<boolean> {
    try {
      return (await this.#fetch("GET", "/health", {})).ok;
    } catch {
      return false;
    }
  }

  async #ask<T>(method: string, path: string, body?: Body): Promise<T> {
    try {
      const response = await this.#authorized(method, path, body);
      if (response.ok) return (await response.json()) as T;
      throw await problemOf(response);
    } catch (error) {
      if (error instanceof SignedOutError) this.#onSignedOut();
      throw error;
    }
  }

  async #authorized(method: string, path: string, body?: Body): Promise<Response> {
    const response = await this.#fetch(method, path, await this.#authorization(), body);
    if (response.status !== 401) return response;
    this.#fresh = true;
    const again = await this.#fetch(method, path, await this.#authorization(), body);
    if (again.status === 401) throw new SignedOutError();
    return again;
  }

  async #authorization(): Promise<Record<string, string>> {
    if (this.#token === null) throw new SignedOutError();
    const token = await this.#token({ fresh: this.#fresh });
    this.#fresh = false;
    return { authorization: `Bearer ${token}` };
  }

  #fetch(method: string, path: string, headers: Record<string, string>, body?: Body): Promise<Response> {
    const typed = body === undefined ? headers : { ...headers, "content-type": "application/json" };
    return this.#platform.fetch(this.#base + path, {
      method,
      headers: typed,
      cache: "no-store",
      signal: AbortSignal.timeout(this.#within),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

function search(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text && `?${text}`;
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as { readonly error?: ErrorWord; readonly detail?: string };
  const seconds = Number(response.headers.get("retry-after"));
  const message = problem.detail ?? "The server could not answer.";
  return new ApiError(response.status, problem.error ?? "internal", message, seconds > 0 ? seconds * 1000 : null);
}
