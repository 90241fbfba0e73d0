/**
 * A SQLite store on a disk that forgets: `image` holds only what had been flushed at the last moment somebody
 * asked for it, as after a power failure. Also the way to a store whose disk hangs or fails.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Connection } from '../../src/stores/sqlite/connection.ts';
import { defaultHistoryLimits } from '../../src/stores/sqlite/history.ts';
import { openDatabase } from '../../src/stores/sqlite/open-store.ts';
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts';
import { ManualClock } from './manual-clock.ts';

export interface CrashImage extends AsyncDisposable {
  readonly store: SqliteStore;
  readonly database: DatabaseSync;
  readonly clock: ManualClock;
  readonly path: string;
  /** The database as a power failure now would leave it. */
  readonly image: string;
  flushes: number;
  /** What a flush waits for before it reads the log; replace it to make the disk hang or fail. */
  beforeFlush: () => Promise<void>;
}

export async function crashImage(): Promise<CrashImage> {
  const folder = await mkdtemp(join(tmpdir(), 'dauphin-crash-'));
  const path = join(folder, 'store.db');
  const image = join(folder, 'image', 'store.db');
  await mkdir(join(folder, 'image'));
  const database = openDatabase(path);
  // A checkpoint flushes on its own and would make more durable than is asked for.
  database.exec('PRAGMA wal_autocheckpoint = 0');
  await copyFile(path, image);
  const clock = new ManualClock();
  const sync = async (): Promise<void> => {
    self.flushes += 1;
    await self.beforeFlush();
    await copyFile(`${path}-wal`, `${image}-wal`);
  };
  const log = { sync, close: () => Promise.resolve() };
  const connection = new Connection(path, database);
  const store = new SqliteStore({ clock, connection, limits: defaultHistoryLimits, log });
  const dispose = async (): Promise<void> => {
    self.beforeFlush = () => Promise.resolve();
    await store.close().catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  const self: CrashImage = {
    store,
    database,
    clock,
    path,
    image,
    flushes: 0,
    beforeFlush: () => Promise.resolve(),
    [Symbol.asyncDispose]: dispose,
  };
  return self;
}
