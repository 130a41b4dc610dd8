/**
 * Fetches what a conversation has missed.
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

/** How a conversation asks the server. */
export interface Sources {
  /**
   * Ask over the socket for what came after a message, or for the newest.
   *
   * @returns Whether it went out.
   */
  resume(after: string | undefined): boolean;
  /** A page of history, for whoever has one; its messages go into the timeline. */
  readonly history: ((cursor: HistoryCursor, limit: number) => Promise<HistoryPage>) | null;
  onCaughtUp(): void;
  /** There is no such conversation any more. */
  onGone(): void;
  /** It takes longer: the server could not be asked, and is asked again. */
  onDelayed(error: unknown): void;
}

/** The first page a user sees, and the pages that fill a gap. */
export const PAGE = 50;
const FILL = 100;
/** How often it is asked for what is missing before that has to wait for the next connection. */
const ROUNDS = 3;

/** The answer to a `resume`; `cut`: there was none. */
type Answer = ResumedFrame | ErrorFrame | "cut";

/**
 * Subscribe first, then fetch, drop overlaps: it runs once the socket is open, so that what is said meanwhile comes as
 * a live frame and nothing can fall between the two.
 *
 * A server that does not know `resume` says so, and history serves instead.
 */
export class CatchUp {
  readonly #timeline: Timeline;
  readonly #sources: Sources;
  readonly #platform: Platform;
  readonly #timing: Timing;
  #answered: ((answer: Answer) => void) | null = null;
  /** Changes whenever what runs has to stop. */
  #run = 0;
  #running = false;
  /** How far the conversation had come when the server was last asked. */
  #lastSeq = 0;
  #cancelGap: (() => void) | null = null;

  constructor(timeline: Timeline, sources: Sources, platform: Platform, timing: Timing) {
    this.#timeline = timeline;
    this.#sources = sources;
    this.#platform = platform;
    this.#timing = timing;
  }

  /** The socket is open, or the conversation is: fetch everything that is missing. */
  start(): void {
    this.stop();
    void this.#all(this.#run);
  }

  /** The connection is gone, or the conversation is closed. */
  stop(): void {
    this.#run += 1;
    this.#running = false;
    this.#cancelGap?.();
    this.#cancelGap = null;
    this.#answered?.("cut");
  }

  /**
   * The server has answered a `resume`, or refused one.
   *
   * @returns Whether there was one to answer.
   */
  answered(answer: ResumedFrame | ErrorFrame): boolean {
    const asked = this.#answered;
    asked?.(answer);
    return asked !== null;
  }

  /** A message came. If it shows that one is missing, that one may just be late; if it does not come, ask for it. */
  look(): void {
    if (this.#running || this.#cancelGap !== null || !this.#timeline.hasGap) return;
    this.#cancelGap = this.#platform.after(this.#timing.lateFrameWithin, () => {
      this.#cancelGap = null;
      if (this.#timeline.hasGap) this.start();
    });
  }

  async #all(run: number): Promise<void> {
    this.#running = true;
    const backoff = new Backoff(this.#timing.firstRetry, this.#timing.longestRetry, () => this.#platform.random());
    for (let rounds = 1; run === this.#run; rounds += 1) {
      try {
        if ((await this.#once(run)) || rounds === ROUNDS) return this.#done(run);
        await this.#pause(this.#timing.lateFrameWithin);
      } catch (error) {
        if (run !== this.#run || error instanceof SignedOutError) return;
        if (error instanceof ApiError && error.gone) return this.#sources.onGone();
        this.#sources.onDelayed(error);
        await this.#pause(Math.max(backoff.next(), error instanceof ApiError ? (error.retryAfter ?? 0) : 0));
      }
    }
  }

  /** @returns Whether nothing is missing any more. */
  async #once(run: number): Promise<boolean> {
    const { history } = this.#sources;
    if (history !== null && this.#timeline.stored.length === 0) await history({}, PAGE);
    else if (!(await this.#resumed(run)) && run === this.#run && history !== null) await this.#fill(run, history);
    return !this.#timeline.hasGap && this.#timeline.lastSeq >= this.#lastSeq;
  }

  /** @returns Whether `resume` brought everything. */
  async #resumed(run: number): Promise<boolean> {
    const answer = await this.#ask();
    if (run !== this.#run || answer === "cut") return false;
    if (answer.type === "error") {
      this.#require(answer);
      return false;
    }
    this.#lastSeq = answer.last_seq;
    return !this.#timeline.hasGap && this.#timeline.lastSeq >= this.#lastSeq;
  }

  /** An error that history would give too, or that passes, counts as one of history's. */
  #require({ error, message, retry_after: seconds }: ErrorFrame): void {
    const wait = seconds === undefined ? null : seconds * 1000;
    if (error === "not_found" || error === "forbidden") throw new ApiError(404, error, message, wait);
    if (error === "rate_limited" || error === "unavailable") throw new ApiError(503, error, message, wait);
  }

  async #ask(): Promise<Answer> {
    if (!this.#sources.resume(this.#timeline.contiguous?.id)) return "cut";
    return new Promise((resolve) => {
      const settle = (answer: Answer): void => {
        cancel();
        this.#answered = null;
        resolve(answer);
      };
      const cancel = this.#platform.after(this.#timing.resumedWithin, () => settle("cut"));
      this.#answered = settle;
    });
  }

  /** Page after page from the last message before the gap, until it is closed or there are no more pages. */
  async #fill(run: number, history: NonNullable<Sources["history"]>): Promise<void> {
    if (this.#timeline.contiguous === undefined) await history({}, FILL);
    let after = this.#timeline.contiguous?.id;
    while (run === this.#run && after !== undefined) {
      const page: HistoryPage = await history({ after }, FILL);
      const last = page.messages.at(-1)?.id;
      const joined = !this.#timeline.hasGap && this.#timeline.stored.at(-1)?.id !== last;
      after = page.has_more && !joined ? last : undefined;
    }
  }

  #done(run: number): void {
    if (run !== this.#run) return;
    this.#running = false;
    this.#timeline.settle();
    this.#sources.onCaughtUp();
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#platform.after(milliseconds, resolve);
    });
  }
}
