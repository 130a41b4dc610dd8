import {
  type ConversationView,
  ConversationsProvider,
  useConnection,
  useConversation,
  useConversations,
} from "@general-bots/conversations-client/react";
import { type ReactNode, createElement } from "react";
import { client } from "./app.js";

function Chat(): ReactNode {
  const { messages, send }: ConversationView = useConversation("conv-1");
  const { conversations, loadMore } = useConversations({ status: "active" });
  const { state } = useConnection();
  // @ts-expect-error: the types are not `any`.
  const wrong: number = state;
  return createElement("button", { onClick: () => void (send("Hello") && loadMore()) }, messages.length, conversations.length, wrong);
}

export const app: ReactNode = createElement(ConversationsProvider, { client }, createElement(Chat));
