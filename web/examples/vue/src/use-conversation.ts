import type { Conversation, ConversationsClient } from "@general-bots/conversations-client";
import { type ShallowRef, onScopeDispose, shallowRef, triggerRef } from "vue";

/** Follow the visitor's conversation: a new one replaces it some time after its last message. */
export function useConversation(client: ConversationsClient): Readonly<ShallowRef<Conversation>> {
  const conversation = shallowRef(client.conversation());
  let stopFollowing = follow();
  const stopReplacing = client.on("conversation", (next) => {
    stopFollowing();
    conversation.value = next;
    stopFollowing = follow();
  });

  function follow(): () => void {
    return conversation.value.on("change", () => triggerRef(conversation));
  }

  onScopeDispose(() => {
    stopFollowing();
    stopReplacing();
  });
  return conversation;
}
