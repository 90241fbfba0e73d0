/** Opens the store: file, connection, schema, and a first write that proves the rest will work. */
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../core/clock.ts';
import type { Store } from '../../core/store.ts';
import { Connection } from './connection.ts';
import { storeUnavailable, translate } from './faults.ts';
import { defaultHistoryLimits, type HistoryLimits } from './history.ts';
import { assertOurs, migrate } from './schema.ts';
import { SqliteStore } from './sqlite-store.ts';
import { createFile, openWriteAheadLog } from './store-file.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly historyLimits?: Partial<HistoryLimits>;
}

/** Opening may wait with the event loop blocked, nothing runs yet; afterwards the store waits without. */
const openingBusyMs = 2000;
/** Covers the moments another process needs for a checkpoint. */
const runningBusyMs = 2;
/** A write-ahead log that grew beyond this, while something held a checkpoint up, is cut back. */
const logKeepBytes = 16 * 2 ** 20;

/** Throws Fault `store-unavailable`, naming the file and what is wrong with it. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, clock } = options;
  const limits = { ...defaultHistoryLimits, ...options.historyLimits };
  let database: DatabaseSync | undefined;
  try {
    await createFile(path);
    database = openDatabase(path);
    const connection = new Connection(path, database);
    const log = await openWriteAheadLog(path);
    try {
      return new SqliteStore({ clock, connection, limits, log });
    } catch (thrown) {
      await log.close();
      throw thrown;
    }
  } catch (thrown) {
    if (database?.isOpen) database.close();
    throw translate(path, thrown);
  }
}

export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: openingBusyMs, defensive: true });
  try {
    assertOurs(path, database);
    // NORMAL: the store flushes by itself, see wal-flusher.ts. temp_store: no temporary files on a full disk.
    database.exec(`PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
      PRAGMA journal_size_limit = ${logKeepBytes}`);
    const mode = database.prepare('PRAGMA journal_mode = WAL').get();
    if (mode?.journal_mode !== 'wal')
      throw storeUnavailable(path, 'cannot-open', { note: 'its file system has no shared memory' });
    database.exec('BEGIN IMMEDIATE');
    migrate(database);
    database.exec('UPDATE counters SET revision = revision; COMMIT');
    // What a predecessor only handed to the operating system is on the disk from here on.
    database.exec(`PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = ${runningBusyMs}`);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}
