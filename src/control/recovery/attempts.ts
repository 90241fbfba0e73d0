/** What was begun by itself and may have failed is tried again after a pause, which grows while it goes on failing. */
import type { Clock } from '../../core/clock.ts';

const firstPauseMs = 1000;
const longestPauseMs = 60_000;

interface Attempt {
  readonly count: number;
  /** Monotonic milliseconds before which it is not tried again. */
  readonly notBefore: number;
}

export class Attempts {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Attempt>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  may(key: string): boolean {
    const attempt = this.#byKey.get(key);
    return attempt === undefined || this.#clock.monotonic() >= attempt.notBefore;
  }

  /** Whether it fails or not: what succeeds is not asked for again. */
  add(key: string): void {
    const count = (this.#byKey.get(key)?.count ?? 0) + 1;
    const pauseMs = Math.min(firstPauseMs * 2 ** (count - 1), longestPauseMs);
    this.#byKey.set(key, { count, notBefore: this.#clock.monotonic() + pauseMs });
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
