// @ts-check
/**
 * Names of things. A conversation and its session are one row: `conv-<uuid>` and `session-<uuid>`
 * share the UUID, which is what this page knows a conversation by.
 */

/** @param {string} id A conversation or session id. */
export const keyOf = (id) => id.replace(/^(conv|session)-/, "");

/** @param {string} key */
export const sessionId = (key) => `session-${key}`;

/** @param {string} key */
export const conversationId = (key) => `conv-${key}`;

/** A new random id. `crypto.randomUUID` exists on secure origins only; a phone on the local network is none. */
export function randomId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
  return hex.join("");
}
