// @ts-check
/** @import { Identity } from "./identity.js" */
/** @import { Message, Summary } from "./types.js" */

const PAGE = "50";
const PATIENCE_MS = 20_000;

/** The server said no, in the contract's words. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} error
   * @param {string} message
   * @param {number | null} retryAfter Seconds.
   */
  constructor(status, error, message, retryAfter) {
    super(message);
    this.status = status;
    this.error = error;
    this.retryAfter = retryAfter;
  }
}

/** The REST endpoints this page uses, in the name of the signed-in user. */
export class Api {
  #base;
  #identity;

  /**
   * @param {string} base
   * @param {Identity} identity
   */
  constructor(base, identity) {
    this.#base = base;
    this.#identity = identity;
  }

  /** @returns {Promise<{conversation_id: string, session_id: string, status: "active"}>} */
  start() {
    return this.#request("POST", "/conversations/start", {}, {});
  }

  /**
   * @param {Record<string, string>} from `cursor` or `offset`: where the page begins.
   * @returns {Promise<{conversations: Summary[], total: number, next_cursor?: string | null}>}
   */
  conversations(from = {}) {
    return this.#request("GET", "/conversations", { limit: PAGE, ...from });
  }

  /**
   * @param {string} conversationId
   * @param {{before?: string, after?: string}} cursor
   * @returns {Promise<{messages: Message[], has_more: boolean}>}
   */
  history(conversationId, cursor = {}) {
    return this.#request("GET", `/conversations/${encodeURIComponent(conversationId)}/history`, {
      limit: PAGE,
      ...cursor,
    });
  }

  /** Whether the server is there and well. A refused WebSocket does not say why it was refused. */
  async reachable() {
    try {
      return (await fetch(`${this.#base}/health`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })).ok;
    } catch {
      return false;
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Record<string, string>} query
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async #request(method, path, query, body) {
    const search = new URLSearchParams(query).toString();
    const url = this.#base + path + (search && `?${search}`);
    const ask = async () =>
      fetch(url, {
        method,
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE_MS),
        headers: {
          authorization: `Bearer ${await this.#identity.token()}`,
          ...(body && { "content-type": "application/json" }),
        },
        body: body && JSON.stringify(body),
      });
    let response = await ask();
    if (response.status === 401) {
      this.#identity.expire();
      response = await ask();
    }
    if (response.ok) return response.json();
    throw await problemOf(response);
  }
}

/** @param {Response} response */
async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  const retryAfter = Number(response.headers.get("retry-after")) || null;
  const message = problem.detail || problem.message || problem.title || "The server could not answer.";
  return new ApiError(response.status, problem.error ?? "internal", message, retryAfter);
}
