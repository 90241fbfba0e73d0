/**
 * The life of one controller process. Whatever comes to it from outside (a timer, an answer) passes through
 * `enter`: a dead process never hears it, a stopped one hears it in order when it goes on.
 */
import type { Clock } from '../core/clock.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** `machine`: nobody is told, and nothing is sent again. */
export type Death = 'process' | 'machine';

export class ProcessModel {
  readonly name: string;
  readonly clock: VirtualClock;
  /** Counts the starts of the machine that it runs on. */
  readonly boot: number;
  readonly #onDeath: ((of: Death) => void)[] = [];
  #waiting: (() => void)[] = [];
  #life: 'running' | 'paused' | 'dead' = 'running';

  constructor(name: string, clock: VirtualClock, boot = 1) {
    this.boot = boot;
    this.name = name;
    this.clock = clock;
  }

  get dead(): boolean {
    return this.#life === 'dead';
  }

  get running(): boolean {
    return this.#life === 'running';
  }

  enter(happen: () => void): void {
    if (this.#life === 'dead') return;
    if (this.#life === 'paused') {
      this.#waiting.push(happen);
      return;
    }
    this.clock.touched = true;
    happen();
  }

  /** The operating system closes what a process held open, unless it is gone as well. */
  onDeath(happen: (of: Death) => void): void {
    this.#onDeath.push(happen);
  }

  die(of: Death = 'process'): void {
    if (this.#life === 'dead') return;
    this.#life = 'dead';
    this.#waiting = [];
    for (const happen of this.#onDeath) happen(of);
  }

  pause(): void {
    if (this.#life === 'running') this.#life = 'paused';
  }

  /** One by one, as an event loop would: what follows from one runs before the next is heard. */
  goOn(): void {
    if (this.#life !== 'paused') return;
    this.#life = 'running';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const happen of waiting) this.clock.after(0, () => this.enter(happen));
  }

  /** Settles in this process; never when it is dead. */
  answer<T>(to: PromiseWithResolvers<T>): { ok(value: T): void; fail(thrown: unknown): void } {
    return {
      ok: (value) => this.enter(() => to.resolve(value)),
      fail: (thrown) => this.enter(() => to.reject(thrown)),
    };
  }

  /** The clock as this process sees it. */
  get time(): Clock {
    const { clock } = this;
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = this.clock.after(ms, () =>
      this.enter(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    return promise;
  }
}
