// @ts-check
/** @import { ConnectionFailure, ErrorCode, Problem } from "../client/dist/index.js" */
/** @import { ConnectionStatus } from "./types.js" */
import { ApiError } from "../client/dist/index.js";

/** What the page says about errors. The sentences of the server are for developers of clients. */

const UNREACHABLE = "The server cannot be reached at the moment.";

/** @type {Record<ErrorCode, string>} */
const SENTENCES = {
  conflict: "This conversation is archived and accepts no messages.",
  forbidden: "You do not have access to this conversation.",
  internal: "Something went wrong on the server. Please try again.",
  invalid_message: "The server does not accept the content of this message.",
  invalid_request: "The server does not accept this message.",
  not_found: "This conversation no longer exists.",
  payload_too_large: "This message is too large to send.",
  rate_limited: "You are doing this too often.",
  unauthorized: "Your session has expired. Please sign in again.",
  unsupported_media_type: "The server does not accept the format of this request.",
  unavailable: "The server is busy. Your request is sent again automatically.",
};

/** @param {Problem} problem */
export function describeProblem({ error, operation, retryAfter }) {
  if (error === "rate_limited" && operation === "sending") return "You are sending messages too fast.";
  if (error === "rate_limited") return describeRateLimit(retryAfter);
  return SENTENCES[error] ?? SENTENCES.internal;
}

/**
 * Describe the error of a request.
 *
 * @param {unknown} error
 * @param {Partial<Record<ErrorCode, string>>} sentences What errors mean for this request, where it differs.
 */
export function describeRequestError(error, sentences) {
  if (!(error instanceof ApiError)) return UNREACHABLE;
  if (error.error === "rate_limited") return describeRateLimit(error.retryAfter);
  if (error.error === "unavailable") return "The server is busy. Please try again.";
  return sentences[error.error] ?? SENTENCES[error.error] ?? SENTENCES.internal;
}

/**
 * Describe why there is no connection.
 *
 * @param {ConnectionStatus} status
 * @param {ConnectionFailure | null} failure
 * @param {boolean} isVisitor
 * @returns {string} Empty if there is nothing to say.
 */
export function describeConnection(status, failure, isVisitor) {
  if (status === "connected" || status === "ended") return "";
  if (status === "offline") return "You are offline. Messages that you write are sent when you are online again.";
  if (failure === "unreachable") return `${UNREACHABLE} Messages that you write are sent when it is available again.`;
  if (failure === null) return "";
  const reason = isVisitor ? " There may be too many visitors from your network." : "";
  return `The server refuses the connection at the moment.${reason} This page keeps trying.`;
}

/** @param {number} seconds */
export const formatSeconds = (seconds) => (seconds === 1 ? "1 second" : `${seconds} seconds`);

/** @param {number | null} retryAfter In milliseconds. */
function describeRateLimit(retryAfter) {
  if (retryAfter === null) return `${SENTENCES.rate_limited} Please try again later.`;
  return `${SENTENCES.rate_limited} Try again in ${formatSeconds(Math.ceil(retryAfter / 1000))}.`;
}
