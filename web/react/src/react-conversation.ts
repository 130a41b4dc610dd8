/**
 * The hook `useConversation`.
 *
 * @module
 */

import type { Conversation, ConversationsClient } from "@general-bots/conversations-client";
import { useMemo, useSyncExternalStore } from "react";
import { findOpened, openConversation } from "./react-open-conversations.ts";
import { useConversationsClient } from "./react-provider.ts";

type Actions = Pick<Conversation, "send" | "retry" | "discard" | "stop" | "loadEarlier" | "rate" | "rename">;

/** The state of a conversation, and functions that are the same at every rendering. */
export interface ConversationView
  extends Pick<
      Conversation,
      "messages" | "suggestions" | "typing" | "answering" | "stopping" | "hasEarlier" | "botName" | "status" | "endReason"
    >,
    Actions {
  /** For everything else; `null` until the component is mounted. */
  readonly conversation: Conversation | null;
}

const EMPTY = {
  messages: [],
  suggestions: [],
  typing: false,
  answering: false,
  stopping: false,
  hasEarlier: false,
  botName: "",
  status: "syncing",
  endReason: null,
} as const;

class ConversationStore {
  readonly #client: ConversationsClient;
  readonly #id: string | undefined;
  readonly #actions: Actions = {
    send: (content, options) => {
      // A visitor's conversation that has expired has also closed the connection.
      if (this.#client.anonymous) this.#client.connect();
      return this.#current.send(content, options);
    },
    retry: (clientMessageId) => this.#current.retry(clientMessageId),
    discard: (clientMessageId) => this.#current.discard(clientMessageId),
    stop: () => this.#current.stop(),
    loadEarlier: () => this.#current.loadEarlier(),
    rate: (messageId, rating) => this.#current.rate(messageId, rating),
    rename: (title) => this.#current.rename(title),
  };
  readonly #empty: ConversationView = { ...EMPTY, ...this.#actions, conversation: null };
  #view: ConversationView;

  constructor(client: ConversationsClient, id: string | undefined) {
    this.#client = client;
    this.#id = id;
    this.#view = this.#read(findOpened(client, id));
  }

  readonly getSnapshot = (): ConversationView => this.#view;

  readonly getServerSnapshot = (): ConversationView => this.#empty;

  readonly subscribe = (onChange: () => void): (() => void) => {
    const [opened, release] = openConversation(this.#client, this.#id);
    let removeListener = this.#follow(opened, onChange);
    // A conversation without an id can be replaced, for example because it has expired.
    const stopReplacing = this.#client.on("conversation", (next) => {
      if (this.#id !== undefined) return;
      removeListener();
      removeListener = this.#follow(next, onChange);
      onChange();
    });
    return () => {
      removeListener();
      stopReplacing();
      release();
    };
  };

  #follow(conversation: Conversation, onChange: () => void): () => void {
    this.#view = this.#read(conversation);
    return conversation.on("change", () => {
      this.#view = this.#read(conversation);
      onChange();
    });
  }

  get #current(): Conversation {
    return this.#view.conversation ?? this.#client.conversation(this.#id);
  }

  #read(conversation: Conversation | null): ConversationView {
    if (conversation === null) return this.#empty;
    const { messages, suggestions, typing, answering, stopping, hasEarlier, botName, status, endReason } = conversation;
    const state = { messages, suggestions, typing, answering, stopping, hasEarlier, botName, status, endReason };
    return { ...state, ...this.#actions, conversation };
  }
}

/**
 * Show a conversation while the component is mounted. The first rendering has no messages, on the server too, unless
 * another component shows the same conversation.
 *
 * @param id - A conversation id. Without it, the visitor's conversation, or the one that the user opened last.
 * @param client - The client, if it is not the one of the provider.
 */
export function useConversation(id?: string, client?: ConversationsClient): ConversationView {
  const used = useConversationsClient(client);
  const { subscribe, getSnapshot, getServerSnapshot } = useMemo(() => new ConversationStore(used, id), [used, id]);
  return useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot);
}
