/**
 * What is beside the list of conversations.
 *
 * @module
 */

import type { Conversation } from "../../client/src/conversation.ts";

export type Thread =
  | {
      readonly kind: "open";
      readonly conversation: Conversation;
      /** It accepts no messages. */
      readonly isArchived: boolean;
    }
  /** The server has not created or found the conversation yet. */
  | { readonly kind: "starting"; readonly botName: string }
  /** The address names a conversation that is not there for this user or visitor. */
  | { readonly kind: "missing"; readonly id: string };

/** Return the id of the open conversation; `null` without one, or before the server has named it. */
export const getOpenId = (thread: Thread): string | null => (thread.kind === "open" ? thread.conversation.id : null);
