/**
 * Names that the build of the widget shortens: methods and fields of objects that stay within `dist/widget/`. They would be
 * 4 % of what a visitor loads.
 *
 * A name here must be no property of anything else: no field of a frame, a stored value, an option, a text or the DOM.
 * `test/internal-names.test.ts` compares them with what leaves the files.
 *
 * @module
 */

const NAMES = [
  "acceptGaps", "ackTimeout", "acknowledge", "addDelta", "addHandshake", "addMessage", "addPending", "addRequest",
  "add_text", "add_token", "adoptStyles", "afterRender", "announce", "announceState", "beforeRender", "catchUp",
  "checkForGap", "clearOutdated", "connectTimeout", "conversationId", "createError", "createTicket", "delivery", "draftName",
  "endReason", "end_token", "endsGroup", "failLargest", "failedAttempts", "fetchHistory", "findBySession",
  "finishReason", "gapTimeout", "getConversation", "getLastReceivedAt", "getRange", "getUrl", "handleAnswer",
  "handleError", "handleResumeAnswer", "handleStopStatus", "hasEarlier", "hasFiles", "hasGap", "initialBackoff", "inputType",
  "isAnswering", "isAtEnd", "isAttaching", "isFileAsked", "isGone", "isLoadingEarlier", "isNearStart",
  "isOn", "isOver", "isStopping", "isTokenSuspect", "isTyping", "isUrlSuspect", "lastAnswered", "lastContiguous",
  "lastReceivedAt", "lastSeq", "listByConversation", "listFiles", "loadEarlier", "markDelivered", "markFailed", "markOpen",
  "markOutdated", "markSending", "markUnanswered", "maxBackoff", "moveMessages", "newestActive", "nextDelay",
  "onAckTimeout", "onActivity", "onAnswer", "onCaughtUp", "onChange", "onConnected", "onDelayed", "onDelivered",
  "onDelta", "onDisconnected", "onDropped", "onEndMissed", "onError", "onFailed", "onFrame", "onGone",
  "onHandshakeFailed", "onLoaded", "onResumed", "onScroll", "onStateChange", "onStatus", "onStopStatus", "onTimeout", "onTransfer",
  "onTyping", "onTypingChange", "onUrlFailed", "onlyIdInFlight", "openSocket", "pingInterval",
  "pongTimeout", "releaseAll", "removeConversation", "removePending", "renderer", "replacement", "requestTimeout",
  "restoreDraft", "resumeTimeout", "retryAfter", "saveTranscript", "schedule", "sendFrame", "sendPing", "sendResume",
  "sendStop", "setBotName", "setFirstExpectedSeq", "setKey", "setMissingPositions", "setRating", "setSuggestions",
  "set_attr", "settlePending", "showText", "showTyping", "socketKey", "stableAfter", "statusText",
  "suspectPongTimeout", "transmit", "trouble", "typingTimeout", "unsentMessages", "uploadAnswers", "watchNetwork",
];

/** Matches the names. */
export const INTERNAL_NAMES = new RegExp(`^(${NAMES.join("|")})$`);
