/**
 * What the store means, as plain synchronous transactions on one file: commits, leases, the history.
 * Waiting, flushing and watching are not here. `time` is lease time, see lease-time.ts.
 */
import { Fault } from '../../contract/errors.ts';
import type {
  CommitResult,
  Entry,
  LeaseId,
  RangeOptions,
  Revision,
  Transaction,
  Write,
} from '../../core/store.ts';
import { compareHolds } from '../../core/transaction.ts';
import type { Connection } from './connection.ts';
import { type Counters, CountersTable } from './counters.ts';
import { EntriesTable } from './entries.ts';
import { type HistoryLimits, HistoryTable } from './history.ts';
import { LeasesTable } from './leases.ts';

export interface LedgerOptions {
  readonly limits: HistoryLimits;
  /** Called after a transaction that added history. */
  readonly onChange: () => void;
}

export class Ledger {
  readonly history: HistoryTable;
  readonly #connection: Connection;
  readonly #entries: EntriesTable;
  readonly #leases: LeasesTable;
  readonly #counters: CountersTable;
  readonly #onChange: () => void;

  constructor(connection: Connection, options: LedgerOptions) {
    this.#connection = connection;
    this.#entries = new EntriesTable(connection);
    this.#leases = new LeasesTable(connection);
    this.#counters = new CountersTable(connection);
    this.history = new HistoryTable(connection, options.limits);
    this.#onChange = options.onChange;
  }

  get(key: string, time: number): Entry | undefined {
    return this.#connection.snapshot(() => this.#entries.get(key, time));
  }

  range(
    prefix: string,
    options: RangeOptions,
    time: number,
  ): { entries: readonly Entry[]; revision: Revision } {
    return this.#connection.snapshot(() => ({
      entries: this.#entries.range(prefix, options, time),
      revision: this.#counters.load().revision,
    }));
  }

  commit(transaction: Transaction, time: number): CommitResult {
    return this.#change(time, (counters) => {
      const failed = transaction.compare?.find(
        (compare) => !compareHolds(compare, this.#entries.get(compare.key, time)),
      );
      if (failed !== undefined) return { ok: false, failed };
      const revision = counters.revision + 1;
      for (const write of transaction.writes) this.#apply(write, revision, counters, time);
      return { ok: true, revision: counters.revision };
    });
  }

  grantLease(ttlMs: number, time: number): LeaseId {
    return this.#change(time, (counters) => {
      counters.lease += 1;
      const id = String(counters.lease);
      this.#leases.insert(id, ttlMs, time);
      return id;
    });
  }

  /** Does not clear away leases that ended: what extends is decided by the time alone. */
  keepAlive(lease: LeaseId, time: number): boolean {
    return this.#connection.immediate(() => this.#leases.extend(lease, time));
  }

  revokeLease(lease: LeaseId, time: number): void {
    this.#change(time, (counters) => this.#endLease(lease, counters));
  }

  /** Ends the leases whose time is over and returns when the next one is due. Writes only when there is one. */
  endDueLeases(time: number): number | undefined {
    const due = this.#soonestExpiry();
    if (due === undefined || due > time) return due;
    this.#change(time, () => undefined);
    return this.#soonestExpiry();
  }

  clampLeases(time: number): void {
    this.#connection.immediate(() => this.#leases.clamp(time));
  }

  /** For reading the history consistently with the counters. */
  readHistory<T>(read: (counters: Readonly<Counters>) => T): T {
    return this.#connection.snapshot(() => read(this.#counters.load()));
  }

  /** A write transaction in which leases that are over have already ended, so that no compare sees their keys. */
  #change<T>(time: number, work: (counters: Counters) => T): T {
    let changed = false;
    const result = this.#connection.immediate(() => {
      const counters = this.#counters.load();
      const before = { ...counters };
      for (const lease of this.#leases.endedBy(time)) this.#endLease(lease, counters);
      const answer = work(counters);
      changed = counters.change !== before.change;
      if (changed) this.history.trim(counters);
      if (changed || counters.lease !== before.lease) this.#counters.save(counters);
      return answer;
    });
    if (changed) this.#onChange();
    return result;
  }

  #apply(write: Write, revision: Revision, counters: Counters, time: number): void {
    if ('delete' in write) {
      this.#delete(write.delete, revision, counters);
      return;
    }
    if (write.lease !== undefined && !this.#leases.isAlive(write.lease, time)) {
      throw new Fault('lease-lost', `Lease ${write.lease} has ended; ${write.put} is not written.`);
    }
    counters.revision = revision;
    this.history.appendPut(counters, this.#entries.put(write.put, write.value, revision, write.lease));
  }

  #delete(key: string, revision: Revision, counters: Counters): void {
    if (!this.#entries.delete(key)) return;
    counters.revision = revision;
    this.history.appendDelete(counters, key, revision);
  }

  /** The lease's keys go in one revision of their own; a lease without keys leaves no trace. */
  #endLease(lease: LeaseId, counters: Counters): void {
    const revision = counters.revision + 1;
    for (const key of this.#entries.keysOf(lease)) this.#delete(key, revision, counters);
    this.#leases.delete(lease);
  }

  #soonestExpiry(): number | undefined {
    return this.#connection.snapshot(() => this.#leases.soonestExpiry());
  }
}
