/**
 * Whether what the watched server's engine logs reaches its disk: a stalled disk leaves a server that answers. Asked
 * once a second, one question at a time, each of which may wait for as long as the disk does.
 */
import { asFault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { ServerLink } from '../../core/engine.ts';

const everyMs = 1000;
/**
 * A question that waits holds a session of the server, also after it was given up here: so it is given up late, and the
 * next one later still.
 */
const firstPatienceMs = 30_000;
const longestPatienceMs = 600_000;

export class LogFlush {
  readonly #clock: Clock;
  #link: ServerLink | undefined;
  #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  /** When the oldest question was put that was not answered; epoch milliseconds, and on the monotonic clock. */
  #waiting: { readonly at: number; readonly since: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on of this server. */
  watch(link: ServerLink | undefined): void {
    if (link === this.#link) return;
    this.#stop.abort();
    this.#link = link;
    this.#waiting = undefined;
    this.#stop = new AbortController();
    if (link === undefined) return;
    this.#loop = Promise.all([this.#loop, this.#keepAsking(link, this.#stop.signal)]).then(() => undefined);
  }

  /** With a connection of its own anew: the old one may have died with nobody to tell of it. */
  startOver(): void {
    const link = this.#link;
    this.watch(undefined);
    this.watch(link);
  }

  /** For how long nothing has reached its disk, in milliseconds, and since when; undefined while it does. */
  waiting(): { readonly forMs: number; readonly at: number } | undefined {
    if (!this.#waiting) return undefined;
    const { at, since } = this.#waiting;
    return { at, forMs: this.#clock.monotonic() - since };
  }

  async close(): Promise<void> {
    this.watch(undefined);
    await this.#loop;
  }

  async #keepAsking(link: ServerLink, signal: AbortSignal): Promise<void> {
    let patienceMs = firstPatienceMs;
    while (!signal.aborted) {
      const late = await this.#ask(link, patienceMs, signal);
      if (late) patienceMs = Math.min(patienceMs * 2, longestPatienceMs);
      else patienceMs = firstPatienceMs;
      await this.#clock.sleep(everyMs, signal).catch(() => undefined);
    }
  }

  /** Returns whether it had no answer. */
  async #ask(link: ServerLink, deadlineMs: number, signal: AbortSignal): Promise<boolean> {
    const call = { signal, deadlineMs };
    this.#waiting ??= { at: this.#clock.now(), since: this.#clock.monotonic() };
    try {
      await withDeadline(this.#clock, call, 'flush', (inner) => link.flush({ ...call, signal: inner }));
    } catch (thrown) {
      if (signal.aborted) return false;
      if (asFault(thrown).code === 'deadline-exceeded') return true;
      // It is gone, or this account may not: nothing is known of its disk.
    }
    if (!signal.aborted) this.#waiting = undefined;
    return false;
  }
}
