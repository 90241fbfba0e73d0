/**
 * Time that passes only when the driver says so. Events due at the same moment happen in the order in which
 * they were asked for, so the same run has the same order on every machine.
 */
import type { Clock } from '../core/clock.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  happen: (() => void) | undefined;
}

export type Cancel = () => void;

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** 2026-01-01T00:00:00Z */
const epoch = 1_767_225_600_000;

export class VirtualClock implements Clock {
  /** A binary heap: the earliest first. */
  readonly #due: Due[] = [];
  #time = 0;
  #asked = 0;
  /** A promise was settled since the driver last looked: what waits for it must run before time goes on. */
  touched = false;

  now(): number {
    return epoch + Math.floor(this.#time);
  }

  monotonic(): number {
    return this.#time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = this.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      this.touched = true;
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    return promise;
  }

  after(ms: number, happen: () => void): Cancel {
    this.#asked += 1;
    const due: Due = { at: this.#time + Math.max(0, ms), order: this.#asked, happen };
    this.#push(due);
    return () => {
      due.happen = undefined;
    };
  }

  /** Goes to the next event and lets it happen; false when there is none before `until`. */
  step(until: number): boolean {
    for (;;) {
      const next = this.#due[0];
      if (next === undefined || next.at > until) return false;
      this.#pop();
      if (next.happen === undefined) continue;
      this.#time = next.at;
      next.happen();
      return true;
    }
  }

  /** Nothing happens before `time`: it is now. */
  skipTo(time: number): void {
    this.#time = Math.max(this.#time, time);
  }

  #push(due: Due): void {
    const heap = this.#due;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      const parent = heap[above];
      if (parent === undefined || before(parent, due)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#due;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const child = b !== undefined && a !== undefined && before(b, a) ? left + 1 : left;
      const smaller = heap[child];
      if (smaller === undefined || before(last, smaller)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
  }
}
