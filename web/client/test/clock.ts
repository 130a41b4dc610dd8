/** Time that passes when a test says so. */

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

export class Clock {
  now = Date.parse("2026-01-01T00:00:00Z");
  #timers: Timer[] = [];

  after = (milliseconds: number, action: () => void): (() => void) => {
    const timer = { at: this.now + milliseconds, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** Let time pass, and everything happen that happens in it. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await settled();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.now = Math.max(this.now, next.at);
      next.action();
      await settled();
    }
    this.now = end;
  }

  #next(end: number): Timer | undefined {
    const due = this.#timers.filter(({ at }) => at <= end);
    return due.reduce<Timer | undefined>((first, timer) => (first === undefined || timer.at < first.at ? timer : first), undefined);
  }
}

/** Let everything happen that waits for nothing but its turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
