/**
 * Catch-up: fetching the messages that a conversation has missed.
 *
 * @module
 */

import type { HistoryCursor } from "./api.ts";
import { Backoff } from "./backoff.ts";
import { ApiError, SignedOutError } from "./errors.ts";
import type { Platform } from "./platform.ts";
import type { ErrorFrame, HistoryPage, ResumedFrame } from "./protocol.ts";
import type { Timeline } from "./timeline.ts";
import type { Timing } from "./timing.ts";

export interface CatchUpHandlers {
  /**
   * Send a `resume` frame for the messages after an id, or for the newest ones.
   *
   * @returns Whether it was sent.
   */
  sendResume(after: string | undefined): boolean;
  /** Fetch a page of history and add its messages to the timeline; `null` for visitors, who have no history. */
  readonly fetchHistory: ((cursor: HistoryCursor, limit: number) => Promise<HistoryPage>) | null;
  onCaughtUp(): void;
  /** Called when the conversation no longer exists. */
  onGone(): void;
  /** Called when a request failed and will be retried. */
  onDelayed(error: unknown): void;
}

/** Messages on the first page of a conversation, and on each earlier one. */
export const PAGE_SIZE = 50;
/** Messages on each page that fills a gap. */
const GAP_PAGE_SIZE = 100;
/** Attempts to fill the gaps before they are accepted until the next connection. */
const MAX_ROUNDS = 3;

/** The answer to a `resume` frame; `none` after a timeout or a lost connection. */
type ResumeAnswer = ResumedFrame | ErrorFrame | "none";

/**
 * Fetches missing messages after the socket is open, so that messages sent meanwhile arrive as live frames and none
 * falls between the two. The timeline drops duplicates.
 *
 * If the server does not support `resume`, history is used instead.
 */
export class CatchUp {
  readonly #timeline: Timeline;
  readonly #handlers: CatchUpHandlers;
  readonly #platform: Platform;
  readonly #timing: Timing;
  #resolveAnswer: ((answer: ResumeAnswer) => void) | null = null;
  /** Incremented to stop the current run. */
  #runId = 0;
  #isRunning = false;
  /** The last `seq` of the conversation when the server last answered a `resume`. */
  #lastSeq = 0;
  #cancelGapTimer: (() => void) | null = null;

  constructor(timeline: Timeline, handlers: CatchUpHandlers, platform: Platform, timing: Timing) {
    this.#timeline = timeline;
    this.#handlers = handlers;
    this.#platform = platform;
    this.#timing = timing;
  }

  /** Fetch everything that is missing, after the socket or the conversation was opened. */
  start(): void {
    this.stop();
    void this.#run(this.#runId);
  }

  /** Stop, because the connection was lost or the conversation was closed. */
  stop(): void {
    this.#runId += 1;
    this.#isRunning = false;
    this.#cancelGapTimer?.();
    this.#cancelGapTimer = null;
    this.#resolveAnswer?.("none");
  }

  /**
   * Handle the server's answer to a `resume` frame.
   *
   * @returns Whether a `resume` was waiting for it.
   */
  handleAnswer(answer: ResumedFrame | ErrorFrame): boolean {
    const resolve = this.#resolveAnswer;
    resolve?.(answer);
    return resolve !== null;
  }

  /** Check for a gap after a message arrived. The missing message may be late, so it is requested after a delay. */
  checkForGap(): void {
    if (this.#isRunning || this.#cancelGapTimer !== null || !this.#timeline.hasGap) return;
    this.#cancelGapTimer = this.#platform.schedule(this.#timing.gapTimeout, () => {
      this.#cancelGapTimer = null;
      if (this.#timeline.hasGap) this.start();
    });
  }

  async #run(runId: number): Promise<void> {
    this.#isRunning = true;
    const backoff = new Backoff(this.#timing.initialBackoff, this.#timing.maxBackoff, () => this.#platform.random());
    for (let round = 1; runId === this.#runId; round += 1) {
      try {
        if ((await this.#fetchMissing(runId)) || round === MAX_ROUNDS) return this.#finish(runId);
        await this.#sleep(this.#timing.gapTimeout);
      } catch (error) {
        if (runId !== this.#runId || error instanceof SignedOutError) return;
        if (error instanceof ApiError && error.isGone) return this.#handlers.onGone();
        this.#handlers.onDelayed(error);
        await this.#sleep(Math.max(backoff.nextDelay(), error instanceof ApiError ? (error.retryAfter ?? 0) : 0));
      }
    }
  }

  /** @returns Whether nothing is missing any more. */
  async #fetchMissing(runId: number): Promise<boolean> {
    const { fetchHistory } = this.#handlers;
    if (fetchHistory !== null && this.#timeline.stored.length === 0) {
      await fetchHistory({}, PAGE_SIZE);
      // The bot may be answering the last message. Only `resume` says so.
      const isAnswered = this.#timeline.stored.at(-1)?.sender === "bot";
      if (!isAnswered && runId === this.#runId) await this.#resume(runId);
    } else if (!(await this.#resume(runId)) && runId === this.#runId && fetchHistory !== null) {
      await this.#fillGaps(runId, fetchHistory);
    }
    return this.#isComplete();
  }

  #isComplete(): boolean {
    return !this.#timeline.hasGap && this.#timeline.lastSeq >= this.#lastSeq;
  }

  /** @returns Whether `resume` has delivered everything. */
  async #resume(runId: number): Promise<boolean> {
    const answer = await this.#requestResume();
    if (runId !== this.#runId || answer === "none") return false;
    if (answer.type === "error") {
      throwUnlessHistoryMayHelp(answer);
      return false;
    }
    this.#lastSeq = answer.last_seq;
    return this.#isComplete();
  }

  async #requestResume(): Promise<ResumeAnswer> {
    if (!this.#handlers.sendResume(this.#timeline.lastAnswered?.id)) return "none";
    return new Promise((resolve) => {
      const resolveOnce = (answer: ResumeAnswer): void => {
        cancelTimeout();
        this.#resolveAnswer = null;
        resolve(answer);
      };
      const cancelTimeout = this.#platform.schedule(this.#timing.resumeTimeout, () => resolveOnce("none"));
      this.#resolveAnswer = resolveOnce;
    });
  }

  /** Fetch pages from the last message before the gap, until the gap is closed or there are no more pages. */
  async #fillGaps(runId: number, fetchHistory: NonNullable<CatchUpHandlers["fetchHistory"]>): Promise<void> {
    if (this.#timeline.lastContiguous === undefined) await fetchHistory({}, GAP_PAGE_SIZE);
    let after = this.#timeline.lastContiguous?.id;
    while (runId === this.#runId && after !== undefined) {
      const page: HistoryPage = await fetchHistory({ after }, GAP_PAGE_SIZE);
      const last = page.messages.at(-1)?.id;
      const isClosed = !this.#timeline.hasGap && this.#timeline.stored.at(-1)?.id !== last;
      after = page.has_more && !isClosed ? last : undefined;
    }
  }

  #finish(runId: number): void {
    if (runId !== this.#runId) return;
    this.#isRunning = false;
    this.#timeline.acceptGaps();
    this.#handlers.onCaughtUp();
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#platform.schedule(milliseconds, resolve);
    });
  }
}

/** Throw the errors that history would give too, or that are temporary. For all others history is tried. */
function throwUnlessHistoryMayHelp({ error, message, retry_after: seconds }: ErrorFrame): void {
  const retryAfter = seconds === undefined ? null : seconds * 1000;
  if (error === "not_found" || error === "forbidden") throw new ApiError(404, error, message, retryAfter);
  if (error === "rate_limited" || error === "unavailable") throw new ApiError(503, error, message, retryAfter);
}
