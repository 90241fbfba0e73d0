/** Counts how often a server came back from the dead by itself: one that comes and goes needs a person. */
import type { Clock } from '../../core/clock.ts';
import { flapping } from '../../core/diagnosis/primary-flapping.ts';

const { returns: often, withinMs } = flapping;

export class Returns {
  readonly #clock: Clock;
  /** Monotonic milliseconds. */
  #times: readonly number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many lately, this one included, when they have become many. */
  add(): number | undefined {
    const now = this.#clock.monotonic();
    this.#times = [...this.#times.filter((time) => now - time < withinMs), now];
    return this.#times.length >= often ? this.#times.length : undefined;
  }

  /** How many lately, while they are many. */
  get many(): number | undefined {
    const now = this.#clock.monotonic();
    const lately = this.#times.filter((time) => now - time < withinMs).length;
    return lately >= often ? lately : undefined;
  }

  forget(): void {
    this.#times = [];
  }
}
