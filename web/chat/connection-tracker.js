// @ts-check
/** @import { ConversationsClient } from "../client/dist/index.js" */
/** @import { ConnectionStatus } from "./types.js" */

/** Derives the connection status on screen from the client's state and its history. */
export class ConnectionTracker {
  /** A connection was lost or rejected, and is not open again yet. */
  isReconnecting = false;
  /** The visitor's conversation has ended, and the next one has not started yet. */
  hasEnded = false;

  /** @param {ConversationsClient["state"]} state */
  update(state) {
    if (state === "waiting") this.isReconnecting = true;
    if (state === "open" || state === "closed") this.isReconnecting = false;
  }

  /**
   * @param {ConversationsClient["state"]} state
   * @returns {ConnectionStatus}
   */
  getStatus(state) {
    if (state === "open") return "connected";
    if (state === "closed" && this.hasEnded) return "ended";
    if (!this.isReconnecting) return "connecting";
    return navigator.onLine ? "reconnecting" : "offline";
  }
}
