/** The numbers the store counts by. They live in one row and change in the transaction that uses them up. */
import type { StatementSync } from 'node:sqlite';
import { number } from './columns.ts';
import type { Connection } from './connection.ts';

export interface Counters {
  /** Of the newest commit. */
  revision: number;
  /** Numbers each put and delete without a gap, across revisions. */
  change: number;
  /** Of the newest lease; never given twice. */
  lease: number;
  /** The newest revision of which the history has lost a change. */
  compactedRevision: number;
  /** The newest change that the history has lost. */
  compactedChange: number;
  /** Keys and values the history holds. */
  historyBytes: number;
}

export class CountersTable {
  readonly #load: StatementSync;
  readonly #save: StatementSync;

  constructor(connection: Connection) {
    this.#load = connection.prepare('SELECT * FROM counters');
    this.#save = connection.prepare(
      `UPDATE counters SET revision = ?, change = ?, lease = ?,
         compacted_revision = ?, compacted_change = ?, history_bytes = ?`,
    );
  }

  load(): Counters {
    const row = this.#load.get();
    return {
      revision: number(row, 'revision'),
      change: number(row, 'change'),
      lease: number(row, 'lease'),
      compactedRevision: number(row, 'compacted_revision'),
      compactedChange: number(row, 'compacted_change'),
      historyBytes: number(row, 'history_bytes'),
    };
  }

  save(to: Readonly<Counters>): void {
    const { revision, change, lease, compactedRevision, compactedChange, historyBytes } = to;
    this.#save.run(revision, change, lease, compactedRevision, compactedChange, historyBytes);
  }
}
