/**
 * What the page says about failed requests. The sentences of the server are for developers of clients.
 *
 * @module
 */

import { ApiError } from "../../client/src/errors.ts";
import type { ErrorCode } from "../../client/src/protocol.ts";
import type { Texts } from "./texts/index.ts";

/**
 * Describe the error of a request.
 *
 * @param sentences - What errors mean for this request, where it differs.
 */
export function describeError(error: unknown, texts: Texts, sentences: Partial<Record<ErrorCode, string>> = {}): string {
  if (!(error instanceof ApiError)) return texts.unreachable;
  const { error: code, retryAfter } = error;
  const sentence = sentences[code];
  if (sentence !== undefined) return sentence;
  switch (code) {
    case "rate_limited":
      return retryAfter === null ? texts.rateLimited : texts.rateLimitedFor(Math.ceil(retryAfter / 1_000));
    case "conflict":
      return texts.conflict;
    case "forbidden":
      return texts.forbidden;
    case "not_found":
      return texts.gone;
    case "unavailable":
      return texts.unavailable;
    case "unauthorized":
      return texts.sessionExpired;
    default:
      return texts.internal;
  }
}
