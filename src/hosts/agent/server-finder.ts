/** Finds the server's process, cheaply enough to be asked many times a second. */
import type { Clock } from '../../core/clock.ts';
import { allPids, isServer, pidFrom, processState, type ServerMarks } from './process-table.ts';

/** A process has become what it is going to be by then: a shell has started the server, and so on. */
const youngMs = 3000;
/** Between two looks at all processes, old ones too. */
const thoroughMs = 1000;

export class ServerFinder {
  readonly #marks: ServerMarks;
  readonly #clock: Clock;
  #known: number | undefined;
  /** When each process was first seen. */
  #seen = new Map<number, number>();
  #thoroughAt = Number.NEGATIVE_INFINITY;

  constructor(marks: ServerMarks, clock: Clock) {
    this.#marks = marks;
    this.#clock = clock;
  }

  /** Its process id; undefined when there is none. Looks at every process when it was not where it was before. */
  find(): number | undefined {
    return this.#nearby() ?? this.#among(allPids());
  }

  /** Every process of it: one that is being started in vain, or by mistake, may be found before the one that serves. */
  all(): readonly number[] {
    return allPids().filter((pid) => this.#isIt(pid));
  }

  /** The same for many looks in a row: of old processes only a few looks a second are taken. */
  watch(): readonly number[] {
    const now = this.#clock.monotonic();
    const pids = allPids();
    this.#seen = new Map(pids.map((pid) => [pid, this.#seen.get(pid) ?? now]));
    const thorough = now - this.#thoroughAt > thoroughMs;
    if (thorough) this.#thoroughAt = now;
    const young = (pid: number): boolean => now - (this.#seen.get(pid) ?? now) < youngMs;
    const near = new Set(this.#places());
    return pids.filter((pid) => (thorough || young(pid) || near.has(pid)) && this.#isIt(pid));
  }

  #nearby(): number | undefined {
    return this.#among(this.#places());
  }

  #places(): readonly number[] {
    const { pidFile } = this.#marks;
    const places = [this.#known, pidFile === undefined ? undefined : pidFrom(pidFile)];
    return places.filter((pid) => pid !== undefined);
  }

  #among(pids: readonly number[]): number | undefined {
    const found = pids.find((pid) => this.#isIt(pid));
    if (found !== undefined) this.#known = found;
    return found;
  }

  /** One that is doomed will never do anything of its own again. */
  #isIt(pid: number): boolean {
    if (!isServer(pid, this.#marks)) return false;
    const state = processState(pid);
    return state !== undefined && state !== 'doomed';
  }
}
