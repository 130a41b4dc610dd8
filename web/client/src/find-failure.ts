/**
 * Finding out why a handshake has failed, which browsers hide.
 *
 * @module
 */

import type { ConnectionFailure } from "./connection-failure.ts";
import type { Platform } from "./platform.ts";

/**
 * Ask the server why it has refused a handshake. The request counts as no connection.
 *
 * @param apiUrl - The URL of the API, without a slash at the end.
 * @param botId - The bot of a visitor's handshake; empty for the default one, `null` for a user.
 * @param timeout - Time limit, in milliseconds.
 */
export async function findFailure(
  apiUrl: string,
  botId: string | null,
  platform: Platform,
  timeout: number,
): Promise<ConnectionFailure> {
  const query = botId ? `?${new URLSearchParams({ bot_id: botId })}` : "";
  const path = botId === null ? "/health" : `/connections/check${query}`;
  try {
    const response = await platform.fetch(apiUrl + path, { cache: "no-store", signal: AbortSignal.timeout(timeout) });
    if (response.ok) return "refused";
    const { error } = (await response.json()) as { readonly error?: ConnectionFailure };
    return error === "rate_limited" || error === "forbidden" || error === "not_found" ? error : "unreachable";
  } catch {
    return "unreachable";
  }
}
