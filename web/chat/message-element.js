// @ts-check
/** @import { FailureReason, IncompleteReason } from "../client/dist/index.js" */
/** @import { Line } from "./types.js" */
import { createElement, createIcon, setText } from "./dom.js";
import { formatExactTime, formatTime } from "./times.js";

/** @type {Record<IncompleteReason, string>} */
const INCOMPLETE_LABELS = {
  stopped: "Stopped",
  length: "Cut off at the length limit",
  content_filter: "Cut off by a content filter",
  interrupted: "Interrupted",
};

/**
 * Create the element of a message, with an avatar, a bubble, the time and the delivery status.
 *
 * @param {Line} line
 */
export function createMessageElement({ sender, content }) {
  // The label has a direction of its own, so that only the content determines the direction of the bubble.
  const senderLabel = createElement("span", { class: "sender visually-hidden", dir: "auto" });
  const bubble = createElement("p", { class: "bubble", dir: "auto" }, senderLabel, content);
  const meta = createElement("p", { class: "meta" }, createElement("time"));
  if (sender === "bot") meta.append(createElement("span", { class: "incomplete" }));
  if (sender === "user") meta.append(createElement("span", { class: "delivery" }));
  const avatar = sender === "bot" ? [createElement("span", { class: "avatar", "aria-hidden": "true" })] : [];
  return createElement("div", { class: `message from-${sender}` }, ...avatar, bubble, meta);
}

/**
 * Update the element of a message.
 *
 * @param {HTMLElement} element
 * @param {Line} line
 * @param {string} botName
 * @param {boolean} endsGroup Whether it is the last message of its group.
 * @param {(clientMessageId: string) => void} onRetry
 */
export function updateMessageElement(element, line, botName, endsGroup, onRetry) {
  element.classList.toggle("ends-group", endsGroup);
  element.classList.toggle("failed", line.delivery === "failed");
  element.classList.toggle("unanswered", line.unanswered === true);
  setText(getPart(element, ".sender"), line.sender === "user" ? "You: " : `${botName}: `);
  if (line.sender === "bot") {
    setText(getPart(element, ".avatar"), getInitial(botName));
    updateStreaming(element, line);
  }
  updateContent(getPart(element, ".bubble"), line.content);
  const time = getPart(element, "time");
  time.setAttribute("datetime", line.timestamp);
  time.title = formatExactTime(line.timestamp);
  setText(time, formatTime(line.timestamp));
  if (line.sender === "user") updateDelivery(getPart(element, ".delivery"), line, onRetry);
}

/**
 * Describe why a message is incomplete.
 *
 * @param {Line} line
 */
export const describeIncomplete = ({ finishReason }) => (finishReason ? INCOMPLETE_LABELS[finishReason] : "");

/** @param {string} name */
export const getInitial = (name) => ([...name].at(0) ?? "").toUpperCase();

/**
 * Get a part of an element that it must have.
 *
 * @param {HTMLElement} element
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function getPart(element, selector) {
  return /** @type {HTMLElement} */ (element.querySelector(selector));
}

/**
 * Update the text of a message, which the bot may be writing or have redacted. A selection in a growing text stays.
 *
 * @param {HTMLElement} bubble
 * @param {string} content
 */
function updateContent(bubble, content) {
  const text = /** @type {Text} */ (bubble.lastChild);
  if (content === text.data) return;
  if (content.startsWith(text.data)) text.appendData(content.slice(text.length));
  else text.data = content;
}

/**
 * @param {HTMLElement} element
 * @param {Line} line
 */
function updateStreaming(element, line) {
  element.classList.toggle("streaming", line.streaming === true);
  // A screen reader must not read each piece. The complete message is announced separately.
  if (line.streaming) element.setAttribute("aria-live", "off");
  const label = getPart(element, ".incomplete");
  const text = describeIncomplete(line);
  if (label.textContent !== text) label.replaceChildren(...(text ? [createIcon("alert"), text] : []));
}

/**
 * @param {HTMLElement} element
 * @param {Line} line
 * @param {(clientMessageId: string) => void} onRetry
 */
function updateDelivery(element, { delivery, reason, clientMessageId, unanswered }, onRetry) {
  const state = `${delivery} ${reason ?? ""} ${unanswered ?? ""}`;
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  if (delivery === "sending") return element.replaceChildren(createIcon("clock"), "Sending");
  if (unanswered) return element.replaceChildren(createIcon("alert"), "Delivered, but the bot could not answer");
  if (delivery === "delivered") return element.replaceChildren(createIcon("check"), "Delivered");
  const retryButton = createElement("button", { type: "button", class: "retry" }, "Retry");
  retryButton.addEventListener("click", () => onRetry(clientMessageId ?? ""));
  element.replaceChildren(createIcon("alert"), `${formatFailure(reason)}. `, retryButton);
}

/** @param {FailureReason | undefined} reason */
function formatFailure(reason) {
  if (reason === "unconfirmed" || reason === "stale") return "Delivery not confirmed";
  return reason === "payload_too_large" ? "Too large to send" : "Not sent";
}
