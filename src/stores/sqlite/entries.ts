/** The live keys. Reads leave out the keys of leases that have ended but are not yet cleared away. */
import type { StatementSync } from 'node:sqlite';
import type { Entry, LeaseId, RangeOptions, Revision } from '../../core/store.ts';
import { number, optionalText, type Row, text } from './columns.ts';
import type { Connection } from './connection.ts';
import { prefixEnd } from './prefix-range.ts';

/** Parameter ?1 is the time; ended leases are left out so that a read never has to write. */
const live = `
  SELECT key, value, create_revision, mod_revision, lease
  FROM entries LEFT JOIN leases ON leases.id = entries.lease
  WHERE (lease IS NULL OR expires_at > ?1)`;

const toEntry = (row: Row): Entry => {
  const lease = optionalText(row, 'lease');
  return {
    key: text(row, 'key'),
    value: text(row, 'value'),
    createRevision: number(row, 'create_revision'),
    modRevision: number(row, 'mod_revision'),
    ...(lease === undefined ? {} : { lease }),
  };
};

export class EntriesTable {
  readonly #get: StatementSync;
  readonly #upwards: StatementSync;
  readonly #downwards: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #ofLease: StatementSync;

  constructor(connection: Connection) {
    this.#get = connection.prepare(`${live} AND key = ?2`);
    this.#upwards = connection.prepare(`${live} AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4`);
    this.#downwards = connection.prepare(`${live} AND key >= ?2 AND key < ?3 ORDER BY key DESC LIMIT ?4`);
    this.#put = connection.prepare(
      `INSERT INTO entries (key, value, create_revision, mod_revision, lease) VALUES (?1, ?2, ?3, ?3, ?4)
       ON CONFLICT (key) DO UPDATE
         SET value = excluded.value, mod_revision = excluded.mod_revision, lease = excluded.lease
       RETURNING create_revision`,
    );
    this.#delete = connection.prepare('DELETE FROM entries WHERE key = ?');
    this.#ofLease = connection.prepare('SELECT key FROM entries WHERE lease = ? ORDER BY key');
  }

  get(key: string, time: number): Entry | undefined {
    const row = this.#get.get(time, key);
    return row === undefined ? undefined : toEntry(row);
  }

  range(prefix: string, options: RangeOptions, time: number): readonly Entry[] {
    const statement = options.reverse === true ? this.#downwards : this.#upwards;
    return statement.all(time, prefix, prefixEnd(prefix), options.limit ?? -1).map(toEntry);
  }

  put(key: string, value: string, revision: Revision, lease: LeaseId | undefined): Entry {
    const row = this.#put.get(key, value, revision, lease ?? null);
    const createRevision = number(row, 'create_revision');
    return { key, value, createRevision, modRevision: revision, ...(lease === undefined ? {} : { lease }) };
  }

  /** False when there was no such key. */
  delete(key: string): boolean {
    return this.#delete.run(key).changes === 1;
  }

  keysOf(lease: LeaseId): readonly string[] {
    return this.#ofLease.all(lease).map((row) => text(row, 'key'));
  }
}
