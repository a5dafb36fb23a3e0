/** How long a search goes on, in milliseconds, and the clock it goes by. */
export interface Pace {
  /** A clock that nobody sets. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** The waits before the searches that follow the first: other steps may give numbers back. */
  readonly backoff: readonly number[];
  /** How long a search goes on without finding another port. */
  readonly timeout: number;
}

export const defaultPace: Pace = {
  // `performance` and `node:timers/promises` would take longer to load than most searches last.
  now: () => process.uptime() * 1000,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  backoff: [25, 50, 100, 200, 400, 800, 1600],
  timeout: 10_000,
};

/** Tells when a search has gone on for too long without finding another port. */
export class Patience {
  readonly #pace: Pace;
  #most = 0;
  #since: number;

  constructor(pace: Pace) {
    this.#pace = pace;
    this.#since = pace.now();
  }

  /** Notes how many ports there are. Only more than ever before are progress: two steps can take turns for ever. */
  note(found: number): void {
    if (found <= this.#most) return;
    this.#most = found;
    this.#since = this.#pace.now();
  }

  get isExhausted(): boolean {
    return this.#pace.now() - this.#since >= this.#pace.timeout;
  }
}
