/**
 * Why the server refuses the connection or a message, for the user. It is loaded when that happens.
 *
 * @module
 */

import type { ConnectionFailure } from "../../../client/src/connection-failure.ts";
import type { Locale } from "../strings/load.ts";
import { type RefusalTexts, getRefusalTexts } from "../strings/refusals.ts";

/** It needs none. */
export const styles = "";

/** Of the connection; or the conversation is gone, or messages are sent too fast. */
type Refusal = Exclude<ConnectionFailure, "unreachable"> | "gone" | "fast";

const NAMES: Readonly<Record<Refusal, keyof RefusalTexts>> = {
  refused: "refused",
  rate_limited: "tooManyVisitors",
  not_found: "unknownBot",
  forbidden: "unknownBot",
  gone: "goneNote",
  fast: "tooFast",
};

/** Return a sentence for the user. */
export const describeRefusal = (reason: Refusal, { language, texts }: Locale): string =>
  getRefusalTexts(language, texts)[NAMES[reason]];
