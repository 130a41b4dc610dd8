/** A fake clock that tests advance. */

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

export class Clock {
  now = Date.parse("2026-01-01T00:00:00Z");
  #timers: Timer[] = [];

  schedule = (milliseconds: number, action: () => void): (() => void) => {
    const timer = { at: this.now + milliseconds, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** Advance the time and run all timers that are due, with the promises that they resolve. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await flushPromises();
    for (let next = this.#findNext(end); next !== undefined; next = this.#findNext(end)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.now = Math.max(this.now, next.at);
      next.action();
      await flushPromises();
    }
    this.now = end;
  }

  #findNext(end: number): Timer | undefined {
    const due = this.#timers.filter(({ at }) => at <= end);
    return due.reduce<Timer | undefined>(
      (first, timer) => (first === undefined || timer.at < first.at ? timer : first),
      undefined,
    );
  }
}

/** Run all promise callbacks and microtasks that are ready. */
function flushPromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
