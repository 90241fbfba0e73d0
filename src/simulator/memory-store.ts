/**
 * The store port in memory, for the simulator and for tests: the same clock and the same calls give the same
 * revisions, lease ids and events. What is buffered is only lost when `loseBuffered` says so.
 */
import { Fault } from '../contract/errors.ts';
import { Bell } from '../core/bell.ts';
import type { Clock } from '../core/clock.ts';
import type {
  CommitResult,
  Entry,
  LeaseId,
  RangeOptions,
  Revision,
  Store,
  Transaction,
  WatchEvent,
  Write,
} from '../core/store.ts';
import { compareHolds, keyWrittenTwice } from '../core/transaction.ts';
import { MemoryKeyspace } from './memory-keyspace.ts';

export interface MemoryStoreOptions {
  /** Changes that watches can go back to. */
  readonly historyLimit?: number;
}

export interface LosingStore extends Store {
  /** How many commits its machine's crash could take with it now. */
  readonly buffered: number;
  /** Its machine has crashed: of the commits that were not on the disk only the first so many are left. */
  loseBuffered(survivors: number): void;
}

export function createMemoryStore(clock: Clock, options: MemoryStoreOptions = {}): LosingStore {
  return new MemoryStore(clock, options.historyLimit ?? 20_000);
}

interface Lease {
  readonly ttlMs: number;
  readonly ended: AbortController;
  expiresAt: number;
}

/** What one commit wrote over. */
type Before = ReadonlyMap<string, Entry | undefined>;

class MemoryStore implements LosingStore {
  readonly #clock: Clock;
  readonly #keyspace: MemoryKeyspace;
  readonly #leases: Map<LeaseId, Lease> = new Map();
  readonly #bell: Bell = new Bell();
  /** Of the commits since the last flushed one, in their order. */
  #unflushed: Before[] = [];
  #leasesGranted = 0;
  #closed = false;

  constructor(clock: Clock, historyLimit: number) {
    this.#clock = clock;
    this.#keyspace = new MemoryKeyspace(historyLimit);
  }

  async get(key: string): Promise<Entry | undefined> {
    this.#begin();
    return this.#keyspace.get(key);
  }

  async range(
    prefix: string,
    options: RangeOptions = {},
  ): Promise<{ entries: readonly Entry[]; revision: Revision }> {
    this.#begin();
    return { entries: this.#keyspace.range(prefix, options), revision: this.#keyspace.revision };
  }

  async commit(transaction: Transaction): Promise<CommitResult> {
    const twice = keyWrittenTwice(transaction);
    if (twice !== undefined) throw new Fault('internal', `A transaction writes ${twice} twice.`);
    this.#begin();
    const failed = transaction.compare?.find(
      (compare) => !compareHolds(compare, this.#keyspace.get(compare.key)),
    );
    if (failed !== undefined) return { ok: false, failed };
    for (const write of transaction.writes) this.#assertLeaseAlive(write);
    if (transaction.durability === 'buffered') this.#unflushed.push(this.#before(transaction));
    else this.#unflushed = [];
    const revision = this.#keyspace.revision + 1;
    for (const write of transaction.writes) {
      if ('put' in write) this.#keyspace.put(write.put, write.value, revision, write.lease);
      else this.#keyspace.delete(write.delete, revision);
    }
    this.#bell.ring();
    return { ok: true, revision: this.#keyspace.revision };
  }

  async grantLease(ttlMs: number): Promise<LeaseId> {
    this.#begin();
    this.#leasesGranted += 1;
    const id = String(this.#leasesGranted);
    const lease = { ttlMs, ended: new AbortController(), expiresAt: this.#clock.monotonic() + ttlMs };
    this.#leases.set(id, lease);
    this.#endOnTime(lease);
    return id;
  }

  async keepAlive(id: LeaseId): Promise<boolean> {
    this.#begin();
    const lease = this.#leases.get(id);
    if (lease === undefined) return false;
    lease.expiresAt = this.#clock.monotonic() + lease.ttlMs;
    return true;
  }

  async revokeLease(id: LeaseId): Promise<void> {
    this.#begin();
    this.#endLease(id);
  }

  async *watch(prefix: string, fromRevision: Revision, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    let position = this.#keyspace.positionOf(fromRevision);
    if (position === undefined) {
      yield { kind: 'compacted', revision: this.#keyspace.oldestHeldRevision };
      return;
    }
    while (!signal.aborted && !this.#closed) {
      const found = this.#keyspace.changeAt(position, prefix);
      if ('lost' in found) {
        yield { kind: 'compacted', revision: found.lost };
        return;
      }
      position = found.next;
      if (found.change === undefined) await this.#bell.wait(signal);
      else if (found.change.revision >= fromRevision) yield found.change;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const lease of this.#leases.values()) lease.ended.abort();
    this.#bell.ring();
  }

  get buffered(): number {
    return this.#unflushed.length;
  }

  loseBuffered(survivors: number): void {
    for (const before of this.#unflushed.splice(survivors).toReversed()) {
      const revision = this.#keyspace.revision + 1;
      for (const [key, entry] of before) {
        if (!entry || (entry.lease !== undefined && !this.#leases.has(entry.lease)))
          this.#keyspace.delete(key, revision);
        else this.#keyspace.put(key, entry.value, revision, entry.lease);
      }
    }
    this.#unflushed = [];
    this.#bell.ring();
  }

  #before({ writes }: Transaction): Before {
    const keys = writes.map((write) => ('put' in write ? write.put : write.delete));
    return new Map(keys.map((key) => [key, this.#keyspace.get(key)]));
  }

  #begin(): void {
    if (this.#closed) throw new Fault('store-unavailable', 'The memory store is closed.');
    this.#endDueLeases();
  }

  #endDueLeases(): void {
    const time = this.#clock.monotonic();
    const due = [...this.#leases].filter(([, lease]) => lease.expiresAt <= time);
    due.sort(([, a], [, b]) => a.expiresAt - b.expiresAt);
    for (const [id] of due) this.#endLease(id);
  }

  #endLease(id: LeaseId): void {
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    this.#leases.delete(id);
    lease.ended.abort();
    const revision = this.#keyspace.revision + 1;
    for (const key of this.#keyspace.keysOf(id)) this.#keyspace.delete(key, revision);
    this.#bell.ring();
  }

  /** Sleeps to the lease's end, and on when it was kept alive meanwhile. */
  #endOnTime(lease: Lease): void {
    const left = lease.expiresAt - this.#clock.monotonic();
    this.#clock.sleep(Math.max(0, left), lease.ended.signal).then(
      () => {
        if (lease.expiresAt > this.#clock.monotonic()) this.#endOnTime(lease);
        else this.#endDueLeases();
      },
      () => undefined,
    );
  }

  #assertLeaseAlive(write: Write): void {
    if ('put' in write && write.lease !== undefined && !this.#leases.has(write.lease)) {
      throw new Fault('lease-lost', `Lease ${write.lease} has ended; ${write.put} is not written.`);
    }
  }
}
