import { ConversationsProvider } from "@general-bots/conversations-client/react";
import { useState } from "react";
import { Chat } from "./Chat";
import { ConversationList } from "./ConversationList";
import { createUserClient, createVisitorClient } from "./clients";

export function App() {
  const [client, setClient] = useState(createVisitorClient);
  const [conversationId, setConversationId] = useState<string>();

  async function signIn() {
    const next = createUserClient("user1");
    // The user takes over what the visitor has said.
    const claimed = await next.claim();
    setConversationId(claimed?.id ?? undefined);
    setClient(next);
  }

  return (
    <ConversationsProvider client={client}>
      <h1>Chat</h1>
      {client.anonymous ? (
        <button onClick={signIn}>Sign in as user1</button>
      ) : (
        <ConversationList selectedId={conversationId} onSelect={setConversationId} />
      )}
      <Chat conversationId={conversationId} />
    </ConversationsProvider>
  );
}
