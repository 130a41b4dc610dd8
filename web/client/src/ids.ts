/**
 * A conversation and its session are one item on the server: `conv-<uuid>` and `session-<uuid>` share the UUID. The
 * client uses this UUID as the key of a conversation.
 *
 * @module
 */

/** Return the key in a conversation id or a session id; a key is returned unchanged. */
export const toKey = (id: string): string => id.replace(/^(conv|session)-/, "");

export const toSessionId = (key: string): string => `session-${key}`;

export const toConversationId = (key: string): string => `conv-${key}`;
