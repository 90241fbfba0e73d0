/** A SQLite store in a folder of its own, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../src/core/store.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { ManualClock } from './manual-clock.ts';

export interface SqliteFixture extends AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  readonly clock: ManualClock;
  readonly store: Store;
  /** Another store on the same file, as after a restart or in a second process; closed with the fixture. */
  open(clock?: ManualClock): Promise<Store>;
}

export async function sqliteFixture(changes = 1000, bytes = 64 * 2 ** 20): Promise<SqliteFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'dauphin-store-'));
  const path = join(folder, 'new', 'deep', 'store.db');
  const clock = new ManualClock();
  const opened: Store[] = [];
  const open = async (own: ManualClock = clock): Promise<Store> => {
    const store = await openSqliteStore({ path, clock: own, historyLimits: { changes, bytes } });
    opened.push(store);
    return store;
  };
  const dispose = async (): Promise<void> => {
    await Promise.allSettled(opened.map((store) => store.close()));
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, path, clock, store: await open(), open, [Symbol.asyncDispose]: dispose };
}
