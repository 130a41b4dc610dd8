/**
 * React hooks for conversations.
 *
 * @module
 */

export { type ConversationsProviderProps, ConversationsProvider, useConversationsClient } from "./react-provider.ts";
export { type ConnectionStatus, useConnection } from "./react-connection.ts";
export { type ConversationView, useConversation } from "./react-conversation.ts";
export { type ConversationsView, useConversations } from "./react-conversations.ts";
