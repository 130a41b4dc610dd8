/**
 * Whether the bot is answering, and the user's request to stop.
 *
 * @module
 */

import type { Answer } from "./answer.ts";
import type { Platform } from "./platform.ts";
import type { StopStatusFrame } from "./protocol.ts";
import type { Timing } from "./timing.ts";
import { TypingIndicator } from "./typing-indicator.ts";

export interface AnswerStatusHandlers {
  /** Send a `stop` frame for the message that is being written, if its id is known. */
  sendStop(id: string | undefined): void;
  onTypingChange(typing: boolean): void;
  /** Called when an answer is shown that the server does not write any more: its end was missed. */
  onEndMissed(): void;
  /** Called when messages were dropped that the server has not stored. */
  onDropped(): void;
}

/** Follows one conversation's answers. A lost connection never stops an answer; only a request does. */
export class AnswerStatus {
  readonly #answer: Answer;
  readonly #handlers: AnswerStatusHandlers;
  readonly #typing: TypingIndicator;
  readonly #platform: Platform;
  readonly #timing: Timing;
  #isStopRequested = false;
  #cancelDropTimer: () => void = () => undefined;

  constructor(answer: Answer, handlers: AnswerStatusHandlers, platform: Platform, timing: Timing) {
    this.#answer = answer;
    this.#handlers = handlers;
    this.#platform = platform;
    this.#timing = timing;
    this.#typing = new TypingIndicator(timing.typingTimeout, (typing) => handlers.onTypingChange(typing), platform);
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

  /**
   * The newest message is one of the bot.
   *
   * @param isReplacement - Whether it has replaced what the bot was writing.
   */
  onMessage(isReplacement: boolean): void {
    this.#typing.set(false);
    if (this.#answer.messages.length === 0) this.#isStopRequested = false;
    else if (isReplacement) this.#dropUnlessStored();
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
    this.#cancelDropTimer();
    this.#isStopRequested = false;
    this.#answer.clear();
    this.#typing.set(false);
  }

  /**
   * All messages of an answer are stored at once, so the others arrive now. If they do not, an earlier attempt has written
   * more messages than the one that was stored.
   */
  #dropUnlessStored(): void {
    this.#answer.markOutdated();
    this.#cancelDropTimer();
    this.#cancelDropTimer = this.#platform.schedule(this.#timing.gapTimeout, () => {
      this.#endOutdated();
      this.#handlers.onDropped();
    });
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
    this.#answer.clearOutdated();
    this.#isStopRequested &&= this.isAnswering;
  }
}
