/** How long a search takes at most, in milliseconds, and its clock. */
export interface Pace {
  /** A monotonic clock. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** The delay before each retry, in which other steps may give ports back. */
  readonly backoff: readonly number[];
  /** Give up after this time without another port. */
  readonly timeout: number;
}

export const defaultPace: Pace = {
  // `performance` and `node:timers/promises` would take longer to load than most searches take.
  now: () => process.uptime() * 1000,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  backoff: [25, 50, 100, 200, 400, 800, 1600],
  timeout: 10_000,
};

/** Decides when to give up. */
export class Patience {
  readonly #pace: Pace;
  #most = 0;
  #since: number;

  constructor(pace: Pace) {
    this.#pace = pace;
    this.#since = pace.now();
  }

  /**
   * Takes note of how many ports there are. Only a new maximum restarts the timer: two steps that take ports from each
   * other make no progress.
   */
  note(found: number): void {
    if (found <= this.#most) return;
    this.#most = found;
    this.#since = this.#pace.now();
  }

  get isExhausted(): boolean {
    return this.#pace.now() - this.#since >= this.#pace.timeout;
  }
}
