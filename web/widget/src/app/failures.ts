/**
 * Why the widget cannot connect, for the developer of the page. It is loaded when that happens.
 *
 * @module
 */

import type { ConnectionFailure } from "../../../client/src/connection-failure.ts";

/**
 * Return what the developer should check.
 *
 * @param bot - The bot of the element; the default one if it is `undefined`.
 */
export function describeFailure(failure: ConnectionFailure, bot: string | undefined): string {
  const origin = `that AllowedOrigins lists ${location.origin}`;
  const name = bot === undefined ? "the default bot" : `the bot "${bot}"`;
  switch (failure) {
    case "unreachable":
      return `The server does not answer. Check api-url and ws-url, and ${origin}.`;
    case "rate_limited":
      return "There are too many visitors from this network.";
    case "not_found":
      return `There is no bot for visitors. Check that ${name} exists.`;
    case "forbidden":
      return `Visitors may not use ${name}. Check that it is public, and is listed in VisitorBots.`;
    case "refused":
      return `The server refuses the connection. Check ${origin}.`;
  }
}
