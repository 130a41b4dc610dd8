// @ts-check
/**
 * The shapes of the contract, as this page reads them. Fields it does not know are ignored.
 *
 * @typedef {{text: string, value: string}} Suggestion
 *
 * @typedef {object} Message A stored message: an item of a history page, or a `message` frame.
 * @property {string} id
 * @property {number} seq
 * @property {"user" | "bot"} sender
 * @property {string} content
 * @property {string} timestamp
 * @property {Suggestion[]} [suggestions]
 * @property {string} [client_message_id]
 *
 * @typedef {object} Frame Any frame of the server; which fields it has depends on `type`.
 * @property {"message" | "typing" | "suggestion" | "status" | "error"} type
 * @property {string} [session_id]
 * @property {string} [conversation_id]
 * @property {string} [status]
 * @property {string} [bot_id]
 * @property {string} [bot_name]
 * @property {boolean} [anonymous]
 * @property {string} [session_token]
 * @property {number} [expires_in]
 * @property {string} [message_id]
 * @property {string} [client_message_id]
 * @property {string} [id]
 * @property {number} [seq]
 * @property {"user" | "bot"} [sender]
 * @property {string} [content]
 * @property {string} [timestamp]
 * @property {Suggestion[]} [suggestions]
 * @property {string} [error]
 * @property {string} [message]
 * @property {number} [retry_after]
 *
 * @typedef {object} Summary A conversation in the list.
 * @property {string} id
 * @property {string} bot_id
 * @property {string} bot_name
 * @property {string} last_message Empty when nothing was said yet.
 * @property {string} last_activity
 * @property {"active" | "archived"} status
 * @property {boolean} [unread] Added here: something was said while another conversation was open.
 *
 * @typedef {"sending" | "delivered" | "failed"} Delivery
 *
 * @typedef {object} Entry One line of the conversation on screen.
 * @property {string} key Stable for the life of the page; what the view keys its elements by.
 * @property {"message" | "note"} kind
 * @property {"user" | "bot"} sender
 * @property {string} content
 * @property {string} timestamp
 * @property {number} epoch Counts the sessions of a visitor on this screen; `seq` starts again in each.
 * @property {number} position `seq`, or for what is not stored the last `seq` before it.
 * @property {number} serial Order of arrival, among equals.
 * @property {string} [id]
 * @property {number} [seq]
 * @property {string} [clientId]
 * @property {Delivery} [delivery]
 * @property {string} [reason] Why the delivery failed.
 *
 * @typedef {"connecting" | "connected" | "reconnecting" | "offline" | "ended"} Connection
 *
 * @typedef {object} Config What the server says about itself in `config.json`.
 * @property {string} api_url
 * @property {string} ws_path
 * @property {{username: string}[]} [demo_users]
 */

export {};
