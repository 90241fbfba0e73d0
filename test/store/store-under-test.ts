/** What the conformance suite needs of a store beyond the port, and the small words its cases are written in. */
import { setTimeout as pause } from 'node:timers/promises';
import type { CommitResult, Store, WatchEvent, Write } from '../../src/core/store.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Lets that much of the store's time pass. */
  readonly advance: (ms: number) => Promise<void>;
  /** The same, without the caller's side of the store getting to run: as after SIGSTOP and SIGCONT. */
  readonly stall: (ms: number) => Promise<void>;
  /** Makes the store forget the history up to now; may commit to keys that start with `~`. */
  readonly forgetHistory: () => Promise<void>;
  /** Closes the store if it is open and removes what it left. */
  readonly dispose: () => Promise<void>;
}

/** One thing every store does; `run` gets an empty store. */
export interface StoreCase {
  readonly behaviour: string;
  readonly run: (under: StoreUnderTest) => Promise<void>;
}

/** Bounds every wait of the suite. */
const patienceMs = 5000;

export const put = (key: string, value = key, lease?: string): Write =>
  lease === undefined ? { put: key, value } : { put: key, value, lease };

/** The revision of a commit that must succeed. */
export async function commit(store: Store, ...writes: readonly Write[]): Promise<number> {
  const result: CommitResult = await store.commit({ writes, durability: 'buffered' });
  if (!result.ok) throw new Error(`a commit without compares failed: ${JSON.stringify(result.failed)}`);
  return result.revision;
}

/** The first `count` events of a watch. Fails instead of waiting for ever. */
export async function take(store: Store, prefix: string, from: number, count: number): Promise<WatchEvent[]> {
  const done = new AbortController();
  const events: WatchEvent[] = [];
  const collect = async (): Promise<void> => {
    if (count === 0) return;
    for await (const event of store.watch(prefix, from, done.signal)) {
      if (events.push(event) >= count) break;
    }
  };
  try {
    await within(collect(), `${count} events under "${prefix}", have ${events.length}`);
  } finally {
    done.abort();
  }
  return events;
}

/** Fails when `work` takes longer than the suite's patience. */
export async function within<T>(work: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = pause(patienceMs, undefined, { signal: timer.signal }).then(
    () => Promise.reject(new Error(`waited ${patienceMs} ms for ${what}`)),
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

/** `put a@3` or `delete a@4`: an event in one word. */
export function brief(event: WatchEvent): string {
  if (event.kind === 'put') return `put ${event.entry.key}@${event.revision}`;
  if (event.kind === 'delete') return `delete ${event.key}@${event.revision}`;
  return `compacted@${event.revision}`;
}
