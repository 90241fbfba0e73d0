/** Keeps the server down: whatever process of it appears while the fence holds is killed again. */
import type { Clock } from '../../core/clock.ts';
import type { AgentLog } from './agent-log.ts';
import { endProcess } from './end-process.ts';
import type { ServerFinder } from './server-finder.ts';

const everyMs = 20;

export class FenceGuard implements Disposable {
  readonly #finder: ServerFinder;
  readonly #clock: Clock;
  readonly #log: AgentLog;
  #watching: AbortController | undefined;

  constructor(finder: ServerFinder, clock: Clock, log: AgentLog) {
    this.#finder = finder;
    this.#clock = clock;
    this.#log = log;
  }

  hold(): void {
    if (this.#watching !== undefined) return;
    this.#watching = new AbortController();
    void this.#watch(this.#watching.signal);
  }

  release(): void {
    this.#watching?.abort();
    this.#watching = undefined;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for (const pid of this.#finder.watch())
          if (endProcess(pid)) this.#log.warn({ pid }, 'fence.killed-again');
        await this.#clock.sleep(everyMs, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        this.#log.error({ err: thrown }, 'fence.guard-failed');
        await this.#clock.sleep(everyMs, signal).catch(() => undefined);
      }
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
