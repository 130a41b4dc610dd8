// @ts-check
/**
 * The types that the parts of the page share.
 *
 * @import { ConversationSummary, Delivery, FailureReason, IncompleteReason } from "../client/dist/index.js"
 *
 * @typedef {{-readonly [Field in keyof ConversationSummary]: ConversationSummary[Field]} & {unread?: boolean}} InboxItem A
 * conversation in the list; `unread`: it has received a message while another conversation was open.
 *
 * @typedef {object} Line One line of the message list.
 * @property {string} key Unique and stable while the page is open: the key of its element.
 * @property {number} section The number of the conversation on this screen: a visitor's next conversation is shown
 * below the last one.
 * @property {"message" | "note"} kind A note is written by the page itself.
 * @property {"user" | "bot"} sender
 * @property {string} content
 * @property {string} timestamp
 * @property {Delivery} delivery
 * @property {FailureReason} [reason]
 * @property {string} [clientMessageId]
 * @property {boolean} [unanswered]
 * @property {boolean} [streaming]
 * @property {IncompleteReason} [finishReason]
 *
 * @typedef {"connecting" | "connected" | "reconnecting" | "offline" | "ended"} ConnectionStatus
 *
 * @typedef {object} Config The contents of `config.json`.
 * @property {string} api_url
 * @property {string} ws_path
 * @property {{username: string}[]} [demo_users]
 */

export {};
