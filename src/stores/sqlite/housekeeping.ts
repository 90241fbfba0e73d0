/** What happens in the store without a call: leases end on time, and commits of other processes wake watchers. */
import type { Clock } from '../../core/clock.ts';
import { isTrouble } from './faults.ts';

/** How late a watcher may learn of another process's commit. Also the pause after a round that failed. */
const roundMs = 1000;

export interface HousekeepingOptions {
  readonly clock: Clock;
  /** Does what is due and returns in how many milliseconds something will be again. */
  readonly round: () => number;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #stopped: AbortController = new AbortController();
  #sleep: AbortController = new AbortController();
  readonly #done: Promise<void>;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** To be called when something may be due sooner than the last round knew. */
  hasten(): void {
    this.#sleep.abort();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#sleep.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#sleep = new AbortController();
      const { signal } = this.#sleep;
      const ms = Math.min(roundMs, this.#round());
      await this.#options.clock.sleep(ms, signal).catch((reason: unknown) => {
        if (!signal.aborted) throw reason;
      });
    }
  }

  #round(): number {
    try {
      return this.#options.round();
    } catch (thrown) {
      // A store that cannot be written heals or does not; meanwhile the callers get this fault from their own calls.
      if (isTrouble(thrown)) return roundMs;
      throw thrown;
    }
  }
}
