import { useConversations } from "@general-bots/conversations-client/react";

interface Props {
  readonly selectedId: string | undefined;
  readonly onSelect: (id: string) => void;
}

export function ConversationList({ selectedId, onSelect }: Props) {
  const { conversations, hasMore, isLoading, loadMore } = useConversations({ status: "active" });

  return (
    <nav aria-label="Conversations">
      <ul>
        {conversations.map(({ id, bot_name, last_message }) => (
          <li key={id}>
            <button aria-current={id === selectedId} onClick={() => onSelect(id)}>
              {bot_name}: <span dir="auto">{last_message}</span>
            </button>
          </li>
        ))}
      </ul>
      {hasMore && (
        <button disabled={isLoading} onClick={() => loadMore()}>
          More
        </button>
      )}
    </nav>
  );
}
