/**
 * A chat transport for the AI SDK (npm `ai` 7), whose `useChat` then resumes and stops answers. `ai` provides only types.
 *
 * @module
 */

import type { ChatTransport, UIMessage, UIMessageChunk } from "ai";
import { AnswerSource } from "./answer-source.ts";
import type { ConversationsClient } from "./client.ts";
import type { Conversation } from "./conversation.ts";
import type { Entry } from "./entry.ts";
import { type Platform, defaultPlatform } from "./platform.ts";
import type { Attachment, IncompleteReason, Suggestion } from "./protocol.ts";

/** The messages of a chat: the quick replies of the bot are a data part. */
export type ConversationsUIMessage = UIMessage<
  {
    /** The ids of the messages that it consists of. */
    readonly messageIds?: readonly string[];
    /** Why the answer is incomplete. */
    readonly finishReason?: IncompleteReason;
  },
  { suggestions: readonly Suggestion[] }
>;

type SendOptions = Parameters<ChatTransport<ConversationsUIMessage>["sendMessages"]>[0];
type ReconnectOptions = Parameters<ChatTransport<ConversationsUIMessage>["reconnectToStream"]>[0];

/**
 * Sends the user's messages over a client, and streams the answers. A lost connection or a reload does not end an answer;
 * aborting it does.
 *
 * The id of a chat is the id of a conversation. Any other id stands for the conversation that the server chooses: the
 * only one of a visitor, or the one that the user opened last.
 */
export class ConversationsChatTransport implements ChatTransport<ConversationsUIMessage> {
  /** `reconnectToStream` returns the answer from its beginning. */
  readonly resumeStreamIsReplay = true;
  readonly #client: ConversationsClient;
  readonly #platform: Pick<Platform, "schedule">;
  /** The answer that is followed in each chat. */
  readonly #sources = new Map<string, AnswerSource>();

  /**
   * @param platform - A replacement for the clock, for tests.
   */
  constructor(client: ConversationsClient, platform: Pick<Platform, "schedule"> = defaultPlatform) {
    this.#client = client;
    this.#platform = platform;
  }

  /**
   * @throws Error if an answer is to be regenerated, which the API has no way to do, or if a file has no https URL.
   */
  async sendMessages({ chatId, trigger, messages, abortSignal }: SendOptions): Promise<ReadableStream<UIMessageChunk>> {
    abortSignal?.throwIfAborted();
    const message = messages.at(-1);
    if (trigger === "regenerate-message" || message?.role !== "user") throw new Error("Answers cannot be regenerated.");
    const attachments = listAttachments(message);
    const conversation = this.#open(chatId);
    const send = (): Entry => conversation.send(getText(message), attachments.length > 0 ? { attachments } : {});
    const source = new AnswerSource(conversation, this.#platform, send);
    return this.#follow(chatId, conversation, source, abortSignal);
  }

  /** Return the answer that is running, or `null`. */
  async reconnectToStream({ chatId, abortSignal }: ReconnectOptions): Promise<ReadableStream<UIMessageChunk> | null> {
    const conversation = this.#open(chatId);
    await waitUntilSynced(conversation, abortSignal);
    if (!conversation.answering || abortSignal?.aborted) return null;
    return this.#follow(chatId, conversation, new AnswerSource(conversation, this.#platform), abortSignal);
  }

  #open(chatId: string): Conversation {
    // A chat may send a message while an answer runs. Two streams would show the rest of the answer twice.
    this.#sources.get(chatId)?.finish();
    this.#sources.delete(chatId);
    const conversation = this.#client.conversation(/^(conv|session)-/.test(chatId) ? chatId : undefined);
    this.#client.connect();
    return conversation;
  }

  #follow(
    chatId: string,
    conversation: Conversation,
    source: AnswerSource,
    abortSignal: AbortSignal | undefined,
  ): ReadableStream<UIMessageChunk> {
    this.#sources.set(chatId, source);
    abortSignal?.addEventListener("abort", () => {
      source.abort();
      // A chat that reconnects aborts its previous request first. That is not the user's wish to stop.
      queueMicrotask(() => {
        if (this.#sources.get(chatId) === source) conversation.stop();
      });
    });
    return source.stream;
  }
}

/**
 * Convert the messages of a conversation to those of a chat, for example for the first render. The answer that is running
 * is left out: `reconnectToStream` returns it.
 */
export function toUIMessages(messages: readonly Entry[]): ConversationsUIMessage[] {
  return messages
    .filter(({ streaming }) => !streaming)
    .map(({ key, id, sender, content, shown, suggestions, finishReason }) => ({
      id: id ?? key,
      role: sender === "bot" ? "assistant" : "user",
      metadata: { messageIds: id === undefined ? [] : [id], ...(finishReason && { finishReason }) },
      parts: [
        { type: "text", text: shown ?? content },
        ...(suggestions === undefined ? [] : [{ type: "data-suggestions" as const, data: suggestions }]),
      ],
    }));
}

function getText({ parts }: ConversationsUIMessage): string {
  return parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("\n");
}

function listAttachments({ parts }: ConversationsUIMessage): readonly Attachment[] {
  return parts.flatMap((part) => {
    if (part.type !== "file") return [];
    if (!part.url.startsWith("https:")) throw new Error("Only files with an https URL can be sent.");
    return { name: part.filename ?? "file", content_type: part.mediaType, url: part.url };
  });
}

/** Wait until all messages of a conversation are here, or it has ended, or the signal is aborted. */
function waitUntilSynced(conversation: Conversation, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = conversation.on("status", () => check());
    const check = (): void => {
      if (conversation.status === "syncing" && signal?.aborted !== true) return;
      unsubscribe();
      resolve();
    };
    signal?.addEventListener("abort", check);
    check();
  });
}
