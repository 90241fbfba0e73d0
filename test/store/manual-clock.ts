/** A clock that a test moves. Time stands still between two calls of `advance`. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';

interface Sleeper {
  readonly wakesAt: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #monotonic = 0;
  /** Wall-clock time minus monotonic time; a test that sets the wall clock changes this. */
  wallOffset: number = Date.UTC(2026, 0, 1);
  readonly #sleepers: Set<Sleeper> = new Set();

  now(): number {
    return this.wallOffset + this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#sleepUntil(this.#monotonic + ms, signal);
  }

  async #sleepUntil(wakesAt: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const sleeper = { wakesAt, wake };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', wake, { once: true });
    await promise;
    this.#sleepers.delete(sleeper);
    signal?.removeEventListener('abort', wake);
    signal?.throwIfAborted();
  }

  /** Stops at each sleeper on the way, and lets what it wakes run before time goes on. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (;;) {
      await nextTurn();
      const due = [...this.#sleepers].filter((sleeper) => sleeper.wakesAt <= end);
      const next = due.toSorted((a, b) => a.wakesAt - b.wakesAt)[0];
      if (next === undefined) break;
      this.#monotonic = Math.max(this.#monotonic, next.wakesAt);
      next.wake();
    }
    this.#monotonic = end;
    await nextTurn();
  }

  /** Time passes and wakes nobody, as while the process is stopped. */
  stall(ms: number): void {
    this.#monotonic += ms;
  }
}
