/**
 * The client of the components below.
 *
 * @module
 */

import type { ConversationsClient } from "@general-bots/conversations-client";
import { type ReactNode, createContext, createElement, useContext, useEffect } from "react";

export interface ConversationsProviderProps {
  /** Created by the app outside of its components, or in a state. */
  readonly client: ConversationsClient;
  readonly children?: ReactNode;
}

const ClientContext = createContext<ConversationsClient | null>(null);

/** How many providers of a client are mounted. */
const mounted = new WeakMap<ConversationsClient, number>();

/** Provide the client to the hooks below, and connect it while the component is mounted. */
export function ConversationsProvider({ client, children }: ConversationsProviderProps): ReactNode {
  useEffect(() => keepConnected(client), [client]);
  return createElement(ClientContext.Provider, { value: client }, children);
}

/**
 * Return the client of the nearest provider.
 *
 * @param client - A client to return instead.
 * @throws Error if there is neither.
 */
export function useConversationsClient(client?: ConversationsClient): ConversationsClient {
  const provided = useContext(ClientContext);
  const used = client ?? provided;
  if (used === null) throw new Error("Pass a client to the hook, or render the component inside a ConversationsProvider.");
  return used;
}

function keepConnected(client: ConversationsClient): () => void {
  mounted.set(client, (mounted.get(client) ?? 0) + 1);
  client.connect();
  return () => {
    mounted.set(client, (mounted.get(client) ?? 0) - 1);
    // Not at once: in strict mode React mounts a component again after it has unmounted it.
    setTimeout(() => {
      if (mounted.get(client) === 0) client.close();
    });
  };
}
