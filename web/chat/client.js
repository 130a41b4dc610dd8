// @ts-check
/** @import { Identity } from "./identity.js" */
/** @import { Config } from "./types.js" */
import { ConversationsClient } from "../client/dist/index.js";
import { getTabStorage } from "./storage.js";

/**
 * Create a client for the current user or visitor.
 *
 * @param {Config} config
 * @param {Identity} identity
 */
export function createClient({ api_url: apiPath, ws_path: socketPath }, identity) {
  const wsUrl = new URL(socketPath, location.href);
  wsUrl.protocol = wsUrl.protocol.replace("http", "ws");
  const { username } = identity;
  const storage = getTabStorage();
  return new ConversationsClient({
    apiUrl: new URL(apiPath, location.href).href,
    wsUrl: wsUrl.href,
    ...(storage && { storage }),
    ...(username !== null && { account: username, token: (options) => identity.getToken(options) }),
  });
}
