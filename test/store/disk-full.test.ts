import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/core/store.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { crashImage } from './crash-image.ts';
import { ManualClock } from './manual-clock.ts';
import { commit, put } from './store-under-test.ts';

const disk = mkdtempSync(join(tmpdir(), 'dauphin-disk-'));

/** A file system of its own, 4 MB: only root may make one, and not in every container. */
function mountDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const needsMount = 'mounting a tmpfs is not permitted here; the case below stands in for a full disk';

const unavailable = (reason: string): object => ({ code: 'store-unavailable', details: { reason } });

/** Commits pairs until the store refuses for want of space; returns how many it took. */
async function fill(store: Store): Promise<number> {
  const value = 'x'.repeat(20_000);
  for (let n = 0; n < 1000; n += 1) {
    const commits = store.commit({ writes: [put(`left/${n}`, value), put(`right/${n}`, value)] });
    const fault = await commits.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (fault === undefined) continue;
    const message: unknown = expect.stringMatching(/store\.db.*disk full/);
    expect(fault).toMatchObject({ ...unavailable('disk-full'), message });
    return n;
  }
  throw new Error('the disk does not get full');
}

const count = async (store: Store, prefix: string): Promise<number> =>
  (await store.range(prefix)).entries.length;

async function expectPairs(store: Store, taken: number): Promise<void> {
  expect(taken).toBeGreaterThan(3);
  expect([await count(store, 'left/'), await count(store, 'right/')]).toEqual([taken, taken]);
  expect((await store.range('')).revision).toBe(taken);
}

describe('on a real disk', () => {
  const mounted = mountDisk();

  afterAll(() => {
    if (mounted) execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  it.skipIf(!mounted)(
    'a full disk fails the commit whole; reading goes on; with space commits work again',
    async () => {
      const path = join(disk, 'data', 'store.db');
      mkdirSync(join(disk, 'data'));
      await writeFile(join(disk, 'ballast'), Buffer.alloc(2_500_000));
      const store = await openSqliteStore({ path, clock: new ManualClock() });
      const taken = await fill(store);
      await expectPairs(store, taken);
      await expect(commit(store, put('c', 'x'.repeat(50_000)))).rejects.toMatchObject(
        unavailable('disk-full'),
      );
      await rm(join(disk, 'ballast'));
      expect(await commit(store, put('c', 'x'.repeat(50_000)))).toBe(taken + 1);
      await store.close();
      const reopened = await openSqliteStore({ path, clock: new ManualClock() });
      expect(await count(reopened, 'left/')).toBe(taken);
      expect(await reopened.get('c')).toBeDefined();
      await reopened.close();
    },
  );

  it('a store on a file system mounted read-only is refused with that reason', async ({ skip }) => {
    skip(!mounted, needsMount);
    const paths = [join(disk, 'data', 'store.db'), join(disk, 'new', 'store.db')];
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    try {
      for (const path of paths) {
        await expect(openSqliteStore({ path, clock: new ManualClock() })).rejects.toMatchObject(
          unavailable('read-only'),
        );
      }
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', disk]);
    }
  });
});

it('a database that may not grow behaves like one on a full disk', async () => {
  await using limited = await crashImage();
  limited.database.exec('PRAGMA max_page_count = 200');
  const taken = await fill(limited.store);
  await expectPairs(limited.store, taken);
  limited.database.exec('PRAGMA max_page_count = 1000');
  expect(await commit(limited.store, put('c'))).toBe(taken + 1);
});
