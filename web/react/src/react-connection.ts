/**
 * The hook `useConnection`.
 *
 * @module
 */

import type { ConnectionFailure, ConnectionState, ConversationsClient } from "@general-bots/conversations-client";
import { useMemo, useSyncExternalStore } from "react";
import { useConversationsClient } from "./react-provider.ts";

export interface ConnectionStatus {
  readonly state: ConnectionState;
  /** Why the client cannot connect; `null` if it is connected, or if that is not known yet. */
  readonly failure: ConnectionFailure | null;
}

const CLOSED: ConnectionStatus = { state: "closed", failure: null };

class ConnectionStore {
  readonly #client: ConversationsClient;
  #status: ConnectionStatus;

  constructor(client: ConversationsClient) {
    this.#client = client;
    this.#status = this.#read();
  }

  readonly getSnapshot = (): ConnectionStatus => this.#status;

  readonly subscribe = (onChange: () => void): (() => void) => {
    const refresh = (): void => {
      this.#status = this.#read();
      onChange();
    };
    const removeListeners = [this.#client.on("state", refresh), this.#client.on("connectionFailure", refresh)];
    this.#status = this.#read();
    return () => {
      for (const remove of removeListeners) remove();
    };
  };

  #read(): ConnectionStatus {
    return { state: this.#client.state, failure: this.#client.connectionFailure };
  }
}

/**
 * Follow the state of the connection.
 *
 * @param client - The client, if it is not the one of the provider.
 */
export function useConnection(client?: ConversationsClient): ConnectionStatus {
  const used = useConversationsClient(client);
  const { subscribe, getSnapshot } = useMemo(() => new ConnectionStore(used), [used]);
  return useSyncExternalStore(subscribe, getSnapshot, () => CLOSED);
}
