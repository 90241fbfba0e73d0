import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Durability, Transaction } from '../../src/core/store.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { crashImage } from './crash-image.ts';
import { ManualClock } from './manual-clock.ts';
import { put, within } from './store-under-test.ts';

const write = (key: string, durability?: Durability): Transaction =>
  durability === undefined ? { writes: [put(key)] } : { writes: [put(key)], durability };

/** The keys of a store that is opened on copies of the files, as the next controller would find them. */
async function keysAfterCrash(image: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'dauphin-after-'));
  const path = join(folder, 'store.db');
  await copyFile(image, path);
  await copyFile(`${image}-wal`, `${path}-wal`).catch(() => undefined);
  const store = await openSqliteStore({ path, clock: new ManualClock() });
  const { entries } = await store.range('');
  await store.close();
  await rm(folder, { recursive: true });
  return entries.map((entry) => entry.key);
}

it('a power failure loses no flushed commit, and none that was made before one', async () => {
  const durabilities = fc.array(fc.constantFrom<Durability>('flushed', 'buffered'), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(durabilities, async (sequence) => {
      await using disk = await crashImage();
      const keys = sequence.map((_, n) => `${n}`.padStart(3, '0'));
      for (const [n, durability] of sequence.entries()) {
        await disk.store.commit(write(keys[n] ?? '', durability));
      }
      const safe = keys.slice(0, sequence.lastIndexOf('flushed') + 1);
      expect(await keysAfterCrash(disk.image)).toEqual(safe);
    }),
    { numRuns: 12 },
  );
});

it('a commit is flushed unless it says otherwise', async () => {
  await using disk = await crashImage();
  await disk.store.commit(write('a'));
  expect(disk.flushes).toBe(1);
  await disk.store.commit(write('b', 'buffered'));
  expect(disk.flushes).toBe(1);
});

it('a flushed commit that changes nothing still makes what came before it durable', async () => {
  await using disk = await crashImage();
  await disk.store.commit(write('a', 'buffered'));
  await disk.store.commit({ writes: [] });
  expect(await keysAfterCrash(disk.image)).toEqual(['a']);
});

it('what a killed predecessor had only buffered is on the disk once the next one is open', async () => {
  await using disk = await crashImage();
  await disk.store.commit(write('a', 'buffered'));
  const folder = await mkdtemp(join(tmpdir(), 'dauphin-next-'));
  const path = join(folder, 'store.db');
  for (const suffix of ['', '-wal']) await copyFile(`${disk.path}${suffix}`, `${path}${suffix}`);
  const next = await openSqliteStore({ path, clock: new ManualClock() });
  // The database file alone: what is only in the log has not been flushed.
  await copyFile(path, `${path}.alone`);
  expect(await keysAfterCrash(`${path}.alone`)).toEqual(['a']);
  await next.close();
  await rm(folder, { recursive: true });
});

it('a disk that hangs holds up flushed commits and nothing else, and those not for ever', async () => {
  await using disk = await crashImage();
  const healed = Promise.withResolvers<void>();
  disk.beforeFlush = () => healed.promise;
  const flushed = disk.store.commit(write('a')).catch((fault: unknown) => fault);
  expect(await within(disk.store.commit(write('b', 'buffered')), 'a buffered commit')).toMatchObject({
    ok: true,
  });
  expect(await within(disk.store.get('b'), 'a read')).toBeDefined();
  await disk.clock.advance(10_000);
  const slow = { code: 'store-unavailable', details: { reason: 'flush-slow' } };
  expect(await within(flushed, 'the flushed commit to give up')).toMatchObject(slow);
  healed.resolve();
  expect(await disk.store.commit(write('c'))).toMatchObject({ ok: true });
});

it('after a flush that failed the store takes no more commits, but can be read', async () => {
  await using disk = await crashImage();
  disk.beforeFlush = () =>
    Promise.reject(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
  const unavailable = { code: 'store-unavailable', details: { reason: 'flush-failed' } };
  await expect(disk.store.commit(write('a'))).rejects.toMatchObject(unavailable);
  disk.beforeFlush = () => Promise.resolve();
  await expect(disk.store.commit(write('b'))).rejects.toMatchObject(unavailable);
  await expect(disk.store.commit(write('b', 'buffered'))).rejects.toMatchObject(unavailable);
  expect(await disk.store.get('b')).toBeUndefined();
});
