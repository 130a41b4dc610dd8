/**
 * A conversation and its session are one row of the server: `conv-<uuid>` and `session-<uuid>` share the UUID, which is
 * the key this client knows a conversation by.
 *
 * @module
 */

/** The key in a conversation or session id; a key is its own. */
export const keyOf = (id: string): string => id.replace(/^(conv|session)-/, "");

export const sessionId = (key: string): string => `session-${key}`;

export const conversationId = (key: string): string => `conv-${key}`;
