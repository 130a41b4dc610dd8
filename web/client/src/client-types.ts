/**
 * The options and events of the client.
 *
 * @module
 */

import type { TokenProvider } from "./api.ts";
import type { ConnectionState } from "./connection.ts";
import type { ConnectionFailure } from "./connection-failure.ts";
import type { Conversation } from "./conversation.ts";
import type { Platform, WebSocketClass } from "./platform.ts";
import type { ErrorCode, Sender } from "./protocol.ts";
import type { ClientStorage } from "./storage.ts";
import type { Timing } from "./timing.ts";

/** The options of all clients. */
export interface BaseClientOptions {
  /** The URL of the REST API, `https://…/api`. */
  readonly apiUrl: string;
  /** The URL of the WebSocket API, `wss://…/ws`. */
  readonly wsUrl: string;
  /** The bot of a visitor's conversation, one that the server lists for visitors; the default bot if it is omitted. */
  readonly botId?: string;
  /**
   * Where the state that survives a reload is stored; in memory if it is omitted. `sessionStorage` limits it to one tab
   * until the tab is closed. Two open clients must not share a storage.
   */
  readonly storage?: ClientStorage;
  /** Timeouts that differ from the defaults, for a server with other limits. */
  readonly timing?: Partial<Timing>;
  /** Replacements for the network and the clock, for tests. */
  readonly platform?: Partial<Platform>;
}

export interface ClientOptions extends BaseClientOptions {
  /** Returns the user's access token. Without it the client belongs to an anonymous visitor. */
  readonly token?: TokenProvider;
  /** The user's id, if several users share the storage: messages of one user are never sent as another. */
  readonly account?: string;
  /** The class of the sockets, for runtimes without a global `WebSocket`: Node 20 with the package `ws`. */
  readonly webSocket?: WebSocketClass;
}

/** A new message in any conversation of the user, open in this client or not. */
export interface Activity {
  readonly conversationId: string;
  readonly sender: Sender;
  readonly content: string;
  readonly timestamp: string;
}

/** A conversation of the user was archived, reopened, deleted or renamed, on any device. */
export type ConversationChange =
  | { readonly conversationId: string; readonly status: "archived" | "active" | "deleted" }
  | {
      readonly conversationId: string;
      readonly status: "renamed";
      /** Empty if the title was removed. */
      readonly title: string;
    };

/** An error to show to the user. */
export interface Problem {
  readonly error: ErrorCode;
  /** A sentence to display. */
  readonly message: string;
  /** Milliseconds until the client retries; `null` if it does not retry or the time is unknown. */
  readonly retryAfter: number | null;
  /** What has failed: sending a message, or loading messages. */
  readonly operation: "sending" | "loading";
}

/** The events of the client. */
export interface ClientEvents {
  state: ConnectionState;
  activity: Activity;
  /** The conversation without an id was replaced, for example because a visitor's session has expired. */
  conversation: Conversation;
  conversationChange: ConversationChange;
  problem: Problem;
  /** Why the client cannot connect; `null` when it is connected again. */
  connectionFailure: ConnectionFailure | null;
  /** The server rejected a fresh token too, or the app has no token. The connection is closed. */
  signedOut: null;
}
