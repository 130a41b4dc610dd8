/**
 * The hook `useConversations`.
 *
 * @module
 */

import {
  ConversationList,
  type ConversationListOptions,
  type ConversationListState,
  type ConversationsClient,
} from "@general-bots/conversations-client";
import { useMemo, useSyncExternalStore } from "react";
import { useConversationsClient } from "./react-provider.ts";

/** The state of the list, and functions that are the same at every rendering. */
export interface ConversationsView extends ConversationListState {
  /** Load the next page. */
  loadMore(): Promise<void>;
  /** Load the first page again. */
  reload(): Promise<void>;
}

/**
 * Show the list of the user's conversations, and keep it up to date while the component is mounted.
 *
 * @param client - The client, if it is not the one of the provider.
 */
export function useConversations(
  { status, botId, pageSize }: ConversationListOptions = {},
  client?: ConversationsClient,
): ConversationsView {
  const used = useConversationsClient(client);
  const store = useMemo(
    () =>
      createStore(
        new ConversationList(used, {
          ...(status !== undefined && { status }),
          ...(botId !== undefined && { botId }),
          ...(pageSize !== undefined && { pageSize }),
        }),
      ),
    [used, status, botId, pageSize],
  );
  const state = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot);
  return useMemo(() => ({ ...state, ...store.actions }), [state, store]);
}

function createStore(list: ConversationList) {
  const { state: initial } = list;
  return {
    actions: { loadMore: () => list.loadMore(), reload: () => list.reload() },
    getSnapshot: () => list.state,
    getServerSnapshot: () => initial,
    subscribe(onChange: () => void) {
      const removeListener = list.on("change", onChange);
      list.open();
      return () => {
        removeListener();
        list.close();
      };
    },
  };
}
