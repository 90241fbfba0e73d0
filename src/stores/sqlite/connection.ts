/** One SQLite connection: transactions with rollback, and every error translated at this border. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { number } from './columns.ts';
import { storeUnavailable, translate } from './faults.ts';

export class Connection {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #beginImmediate: StatementSync;
  readonly #commit: StatementSync;
  readonly #dataVersion: StatementSync;

  constructor(path: string, database: DatabaseSync) {
    this.path = path;
    this.#database = database;
    this.#begin = database.prepare('BEGIN');
    this.#beginImmediate = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#dataVersion = database.prepare('PRAGMA data_version');
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  /** Several reads that must agree with each other although another process may write in between. */
  snapshot<T>(work: () => T): T {
    return this.#within(this.#begin, work);
  }

  /** All that `work` writes, or none of it. IMMEDIATE, because a read lock cannot always be raised to a write lock. */
  immediate<T>(work: () => T): T {
    return this.#within(this.#beginImmediate, work);
  }

  /** Another number than last time when another connection has committed in between. */
  dataVersion(): number {
    return this.snapshot(() => number(this.#dataVersion.get(), 'data_version'));
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #within<T>(begin: StatementSync, work: () => T): T {
    if (!this.#database.isOpen) throw storeUnavailable(this.path, 'closed');
    try {
      begin.run();
      const result = work();
      this.#commit.run();
      return result;
    } catch (thrown) {
      // SQLite has rolled back by itself after some errors (disk full among them), and not after others.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw translate(this.path, thrown);
    }
  }
}
