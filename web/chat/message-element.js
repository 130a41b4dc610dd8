// @ts-check
/** @import { FailureReason } from "../client/dist/index.js" */
/** @import { Line } from "./types.js" */
import { createElement, createIcon, setText } from "./dom.js";
import { formatExactTime, formatTime } from "./times.js";

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
  if (line.sender === "bot") setText(getPart(element, ".avatar"), getInitial(botName));
  updateContent(getPart(element, ".bubble"), line.content);
  const time = getPart(element, "time");
  time.setAttribute("datetime", line.timestamp);
  time.title = formatExactTime(line.timestamp);
  setText(time, formatTime(line.timestamp));
  if (line.sender === "user") updateDelivery(getPart(element, ".delivery"), line, onRetry);
}

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
 * Replace the text of a message, which the bot may have redacted.
 *
 * @param {HTMLElement} bubble
 * @param {string} content
 */
function updateContent(bubble, content) {
  const text = /** @type {Text} */ (bubble.lastChild);
  if (text.data !== content) text.data = content;
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
