/**
 * Whether the bot is answering, and the user's request to stop.
 *
 * @module
 */

import type { Answer } from "./answer.ts";
import type { Platform } from "./platform.ts";
import type { StopStatusFrame } from "./protocol.ts";
import { TypingIndicator } from "./typing-indicator.ts";

export interface AnswerStatusHandlers {
  /** Send a `stop` frame for the message that is being written, if its id is known. */
  sendStop(id: string | undefined): void;
  onTypingChange(typing: boolean): void;
  /** Called when an answer is shown that the server does not write any more: its end was missed. */
  onEndMissed(): void;
}

/** Follows one conversation's answers. A lost connection never stops an answer; only a request does. */
export class AnswerStatus {
  readonly #answer: Answer;
  readonly #handlers: AnswerStatusHandlers;
  readonly #typing: TypingIndicator;
  #isStopRequested = false;

  /**
   * @param typingTimeout - As in `Timing`.
   */
  constructor(answer: Answer, handlers: AnswerStatusHandlers, platform: Platform, typingTimeout: number) {
    this.#answer = answer;
    this.#handlers = handlers;
    this.#typing = new TypingIndicator(typingTimeout, (typing) => handlers.onTypingChange(typing), platform);
  }

  get isTyping(): boolean {
    return this.#typing.isOn;
  }

  get isAnswering(): boolean {
    return this.#typing.isOn || this.#answer.messages.length > 0;
  }

  /** Whether the user has asked to stop the answer, on any device. */
  get isStopping(): boolean {
    return this.#isStopRequested && this.isAnswering;
  }

  /** Ask the server to stop the answer. The request is repeated after a lost connection, until the answer has ended. */
  stop(): void {
    this.#isStopRequested = true;
    this.#sendStop();
  }

  onTyping(): void {
    this.#typing.set(true);
  }

  onDelta(): void {
    this.#typing.set(false);
  }

  /** A message of the bot is stored. */
  onMessage(): void {
    this.#typing.set(false);
    if (this.#answer.messages.length === 0) this.#isStopRequested = false;
  }

  onStopStatus({ status }: StopStatusFrame): void {
    if (status === "stopping") this.#isStopRequested = true;
    else if (status === "stopped") this.end();
    else this.#onIdle();
  }

  /** All missed messages are here. */
  onResumed(isAnswering: boolean): void {
    if (!isAnswering) return this.#endOutdated();
    if (this.#answer.messages.length === 0) this.#typing.set(true);
    if (this.#isStopRequested) this.#sendStop();
  }

  onDisconnected(): void {
    this.#answer.markOutdated();
    this.#typing.set(false);
  }

  /** The answer has ended, and no message follows. */
  end(): void {
    this.#isStopRequested = false;
    this.#answer.clear();
    this.#typing.set(false);
  }

  #sendStop(): void {
    this.#handlers.sendStop(this.#answer.messages.at(-1)?.id);
  }

  #onIdle(): void {
    this.#isStopRequested = false;
    this.#typing.set(false);
    if (this.#answer.messages.length === 0) return;
    this.#answer.markOutdated();
    this.#handlers.onEndMissed();
  }

  #endOutdated(): void {
    this.#isStopRequested &&= this.isAnswering;
    this.#answer.clearOutdated();
  }
}
