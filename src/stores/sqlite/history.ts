/** The changes that watches replay, oldest dropped first. */
import type { StatementSync } from 'node:sqlite';
import type { Entry, Revision, WatchEvent } from '../../core/store.ts';
import { number, optionalText, type Row, text } from './columns.ts';
import type { Connection } from './connection.ts';
import type { Counters } from './counters.ts';

export interface HistoryLimits {
  readonly changes: number;
  /** Of keys and values; bounds the file when the values are large. The newest change is held whatever its size. */
  readonly bytes: number;
  /** How many changes are dropped at a time, which is how far beyond `changes` the history runs. */
  readonly bite: number;
}

export const defaultHistoryLimits: HistoryLimits = { changes: 20_000, bytes: 64 * 2 ** 20, bite: 64 };

export interface ChangeRange {
  readonly from: string;
  readonly end: string | Uint8Array;
  readonly fromRevision: Revision;
  readonly afterChange: number;
  readonly upToChange: number;
  readonly limit: number;
}

/** A delete has no value. */
const sizeOf = (key: string, value: string | undefined): number =>
  Buffer.byteLength(key) + (value === undefined ? 0 : Buffer.byteLength(value));

const toEvent = (row: Row): WatchEvent => {
  const key = text(row, 'key');
  const revision = number(row, 'revision');
  const value = optionalText(row, 'value');
  if (value === undefined) return { kind: 'delete', revision, key };
  const createRevision = number(row, 'create_revision');
  const lease = optionalText(row, 'lease');
  const entry: Entry = {
    key,
    value,
    createRevision,
    modRevision: revision,
    ...(lease === undefined ? {} : { lease }),
  };
  return { kind: 'put', revision, entry };
};

export class HistoryTable {
  readonly #limits: HistoryLimits;
  readonly #append: StatementSync;
  readonly #read: StatementSync;
  readonly #firstSince: StatementSync;
  readonly #oldest: StatementSync;
  readonly #drop: StatementSync;

  constructor(connection: Connection, limits: HistoryLimits) {
    this.#limits = limits;
    this.#append = connection.prepare(
      'INSERT INTO history (change, revision, key, create_revision, lease, value) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#read = connection.prepare(
      `SELECT * FROM history
       WHERE change > ? AND change <= ? AND revision >= ? AND key >= ? AND key < ? ORDER BY change LIMIT ?`,
    );
    this.#firstSince = connection.prepare(
      'SELECT change FROM history WHERE revision >= ? ORDER BY revision, change LIMIT 1',
    );
    this.#oldest = connection.prepare(
      `SELECT change, revision, octet_length(key) + ifnull(octet_length(value), 0) AS bytes
       FROM history ORDER BY change LIMIT ?`,
    );
    this.#drop = connection.prepare('DELETE FROM history WHERE change <= ?');
  }

  appendPut(counters: Counters, entry: Entry): void {
    const { key, value, createRevision, modRevision, lease } = entry;
    this.#count(counters, sizeOf(key, value));
    this.#append.run(counters.change, modRevision, key, createRevision, lease ?? null, value);
  }

  appendDelete(counters: Counters, key: string, revision: Revision): void {
    this.#count(counters, sizeOf(key, undefined));
    this.#append.run(counters.change, revision, key, null, null, null);
  }

  #count(counters: Counters, bytes: number): void {
    counters.change += 1;
    counters.historyBytes += bytes;
  }

  read(range: ChangeRange): readonly { readonly change: number; readonly event: WatchEvent }[] {
    const { afterChange, upToChange, fromRevision, from, end, limit } = range;
    const rows = this.#read.all(afterChange, upToChange, fromRevision, from, end, limit);
    return rows.map((row) => ({ change: number(row, 'change'), event: toEvent(row) }));
  }

  /** The first change of `revision` or a later one; undefined when there is none yet. */
  firstChangeSince(revision: Revision): number | undefined {
    const row = this.#firstSince.get(revision);
    return row === undefined ? undefined : number(row, 'change');
  }

  /**
   * Drops the oldest changes once the history is a bite over its limits, in the transaction that adds to it:
   * most commits drop nothing, and one that drops takes little longer than the others.
   */
  trim(counters: Counters): void {
    const { changes, bytes, bite } = this.#limits;
    const held = (): number => counters.change - counters.compactedChange;
    if (held() < changes + bite && counters.historyBytes <= bytes) return;
    const before = counters.compactedChange;
    for (const row of this.#oldest.all(Math.max(bite, held() - changes))) {
      if (held() <= 1 || (held() <= changes && counters.historyBytes <= bytes)) break;
      counters.compactedChange = number(row, 'change');
      counters.compactedRevision = number(row, 'revision');
      counters.historyBytes -= number(row, 'bytes');
    }
    if (counters.compactedChange !== before) this.#drop.run(counters.compactedChange);
  }
}
