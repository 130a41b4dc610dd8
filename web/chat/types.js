// @ts-check
/**
 * What the parts of the page tell each other.
 *
 * @import { ConversationSummary, Delivery, FailureReason } from "../client/dist/index.js"
 *
 * @typedef {ConversationSummary & {unread?: boolean}} Summary A conversation in the list; `unread`: something was said
 * while another one was open.
 *
 * @typedef {object} Line One line of what is on screen.
 * @property {string} key Stable for the life of the page; what the view keys its elements by.
 * @property {number} section Counts the sessions of a visitor on this screen.
 * @property {"message" | "note"} kind A note is a remark of the page itself.
 * @property {"user" | "bot"} sender
 * @property {string} content
 * @property {string} timestamp
 * @property {Delivery} delivery
 * @property {FailureReason} [reason]
 * @property {string} [clientMessageId]
 * @property {boolean} [unanswered]
 *
 * @typedef {"connecting" | "connected" | "reconnecting" | "offline" | "ended"} Connection
 *
 * @typedef {object} Config What the server says about itself in `config.json`.
 * @property {string} api_url
 * @property {string} ws_path
 * @property {{username: string}[]} [demo_users]
 */

export {};
