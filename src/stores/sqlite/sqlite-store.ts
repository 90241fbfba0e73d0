/** The store port over a ledger: waits for locks and flushes, wakes watchers, keeps house. */
import { Fault } from '../../contract/errors.ts';
import { Bell } from '../../core/bell.ts';
import type { Clock } from '../../core/clock.ts';
import { DeadlineExceeded, withDeadline } from '../../core/deadline.ts';
import type {
  CommitResult,
  Entry,
  LeaseId,
  RangeOptions,
  Revision,
  Store,
  Transaction,
  WatchEvent,
} from '../../core/store.ts';
import { keyWrittenTwice } from '../../core/transaction.ts';
import type { Connection } from './connection.ts';
import { isTrouble, storeUnavailable } from './faults.ts';
import type { HistoryLimits } from './history.ts';
import { Housekeeping } from './housekeeping.ts';
import { leaseTime } from './lease-time.ts';
import { Ledger } from './ledger.ts';
import { WalFlusher } from './wal-flusher.ts';
import { watchHistory } from './watch.ts';

/** How long a commit waits for another process that holds the write lock, without blocking anything else. */
const lockWaitMs = 2000;
const lockRetryMs = 20;
/** A disk that has not confirmed a write by then counts as unavailable. */
const flushDeadlineMs = 10_000;

export interface WriteAheadLog {
  /** Resolves when all that was written to the log before the call is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface SqliteStoreParts {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly limits: HistoryLimits;
  readonly log: WriteAheadLog;
}

export class SqliteStore implements Store {
  readonly #parts: SqliteStoreParts;
  readonly #ledger: Ledger;
  readonly #flusher: WalFlusher;
  readonly #bell: Bell = new Bell();
  readonly #housekeeping: Housekeeping;
  readonly #closing: AbortController = new AbortController();
  readonly #time: () => number;
  #dataVersion: number;
  #closed: Promise<void> | undefined;

  constructor(parts: SqliteStoreParts) {
    this.#parts = parts;
    this.#time = leaseTime(parts.clock);
    this.#flusher = new WalFlusher(() => this.#sync());
    this.#ledger = new Ledger(parts.connection, {
      limits: parts.limits,
      onChange: () => this.#bell.ring(),
    });
    this.#ledger.clampLeases(this.#time());
    this.#dataVersion = parts.connection.dataVersion();
    this.#housekeeping = new Housekeeping({ clock: parts.clock, round: () => this.#keepHouse() });
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#ledger.get(key, this.#time());
  }

  async range(
    prefix: string,
    options: RangeOptions = {},
  ): Promise<{ entries: readonly Entry[]; revision: Revision }> {
    return this.#ledger.range(prefix, options, this.#time());
  }

  async commit(transaction: Transaction): Promise<CommitResult> {
    const twice = keyWrittenTwice(transaction);
    if (twice !== undefined) throw new Fault('internal', `A transaction writes ${twice} twice.`);
    const result = await this.#write(() => this.#ledger.commit(transaction, this.#time()));
    if (result.ok && transaction.durability !== 'buffered') await this.#flush();
    return result;
  }

  async grantLease(ttlMs: number): Promise<LeaseId> {
    const lease = await this.#write(() => this.#ledger.grantLease(ttlMs, this.#time()));
    this.#housekeeping.hasten();
    return lease;
  }

  keepAlive(lease: LeaseId): Promise<boolean> {
    return this.#write(() => this.#ledger.keepAlive(lease, this.#time()));
  }

  revokeLease(lease: LeaseId): Promise<void> {
    return this.#write(() => this.#ledger.revokeLease(lease, this.#time()));
  }

  watch(prefix: string, fromRevision: Revision, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const either = AbortSignal.any([signal, this.#closing.signal]);
    return watchHistory(this.#ledger, this.#bell, { prefix, fromRevision, signal: either });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#housekeeping.stop();
    let hangs = false;
    try {
      await this.#flush();
    } catch (thrown) {
      hangs = isTrouble(thrown, 'flush-slow');
      throw thrown;
    } finally {
      // Closing the log waits for the flush that runs, and hangs with it.
      if (!hangs) await this.#parts.log.close();
      this.#parts.connection.close();
    }
  }

  #keepHouse(): number {
    const before = this.#dataVersion;
    this.#dataVersion = this.#parts.connection.dataVersion();
    if (this.#dataVersion !== before) this.#bell.ring();
    const due = this.#ledger.endDueLeases(this.#time());
    return due === undefined ? Number.POSITIVE_INFINITY : Math.max(0, due - this.#time());
  }

  /** Retries while another process holds the lock; `busy_timeout` would do so too, but with the event loop blocked. */
  async #write<T>(work: () => T): Promise<T> {
    if (this.#closing.signal.aborted) throw storeUnavailable(this.#parts.connection.path, 'closed');
    const giveUp = this.#parts.clock.monotonic() + lockWaitMs;
    for (;;) {
      this.#flusher.assertSound();
      try {
        return work();
      } catch (thrown) {
        if (!isTrouble(thrown, 'locked') || this.#parts.clock.monotonic() >= giveUp) throw thrown;
      }
      await this.#parts.clock.sleep(lockRetryMs);
    }
  }

  async #flush(): Promise<void> {
    const { clock, connection } = this.#parts;
    const call = { signal: new AbortController().signal, deadlineMs: flushDeadlineMs };
    try {
      await withDeadline(clock, call, 'flush of the store', () => this.#flusher.flush());
    } catch (thrown) {
      if (!(thrown instanceof DeadlineExceeded)) throw thrown;
      throw storeUnavailable(connection.path, 'flush-slow', { cause: thrown });
    }
  }

  async #sync(): Promise<void> {
    const { connection, log } = this.#parts;
    try {
      await log.sync();
    } catch (thrown) {
      if (isTrouble(thrown)) throw thrown;
      throw storeUnavailable(connection.path, 'flush-failed', { cause: thrown });
    }
  }
}
