import { mkdtemp, open, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { crashImage } from './crash-image.ts';
import { ManualClock } from './manual-clock.ts';
import { sqliteFixture } from './sqlite-fixture.ts';
import { commit, put, within } from './store-under-test.ts';

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dauphin-trouble-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const opening = (path: string): Promise<unknown> => openSqliteStore({ path, clock: new ManualClock() });

/** For `toMatchObject`: the fault with this reason, and these words in its message in this order. */
function trouble(reason: string, ...words: readonly string[]): object {
  const message: unknown = expect.stringMatching(new RegExp(words.join('.*')));
  return { code: 'store-unavailable', details: { reason }, message };
}

it('a file of a newer Dauphin is refused with both versions, and not touched', async () => {
  await using fixture = await sqliteFixture();
  await fixture.store.close();
  using database = new DatabaseSync(fixture.path);
  database.exec('PRAGMA user_version = 7');
  await expect(fixture.open()).rejects.toMatchObject(
    trouble('newer-schema', 'store.db', 'version 7', 'up to 1'),
  );
});

it('the SQLite file of another program is refused and not touched', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'other.db');
    using database = new DatabaseSync(path);
    database.exec('CREATE TABLE theirs (x)');
    const before = await readFile(path);
    await expect(opening(path)).rejects.toMatchObject(trouble('not-a-store', 'other.db', 'another program'));
    expect(await readFile(path)).toEqual(before);
  }));

it('a file that is no database is refused and not touched', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'not a database at all\n'.repeat(100));
    await expect(opening(path)).rejects.toMatchObject(trouble('not-a-store', 'notes.txt'));
    expect((await stat(path)).size).toBe(2200);
  }));

it('a folder that cannot be made is named', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'file'), '');
    await expect(opening(join(folder, 'file', 'store.db'))).rejects.toMatchObject(
      trouble('cannot-open', 'file/store.db'),
    );
    await expect(opening(folder)).rejects.toMatchObject(trouble('cannot-open'));
  }));

it('a damaged file says so', async () => {
  await using fixture = await sqliteFixture();
  for (let n = 0; n < 200; n += 1) await commit(fixture.store, put(`key ${n}`, 'x'.repeat(500)));
  await fixture.store.close();
  await using file = await open(fixture.path, 'r+');
  const { size } = await file.stat();
  // Everything but the first page, which holds the header and the schema.
  await file.write(Buffer.alloc(size - 4096, 0x5a), 0, undefined, 4096);
  const using = async (): Promise<unknown> => (await fixture.open()).range('');
  await expect(using()).rejects.toMatchObject(trouble('damaged', 'store.db', 'damaged'));
});

it('while another process holds the write lock reads go on, commits wait, and then say who to look for', async () => {
  await using fixture = await sqliteFixture();
  const { store, clock } = fixture;
  await commit(store, put('a'));
  using other = new DatabaseSync(fixture.path);
  other.exec('BEGIN IMMEDIATE');
  const patient = commit(store, put('b'));
  expect(await within(store.get('a'), 'a read')).toBeDefined();
  await pause(10);
  other.exec('COMMIT');
  await clock.advance(100);
  expect(await within(patient, 'the commit')).toBe(2);
  other.exec('BEGIN IMMEDIATE');
  const refused = commit(store, put('c')).catch((fault: unknown) => fault);
  await clock.advance(3000);
  expect(await within(refused, 'the refusal')).toMatchObject(
    trouble('locked', 'store.db', 'another process'),
  );
  other.exec('COMMIT');
  expect(await commit(store, put('c'))).toBe(3);
});

it('a store that turns read-only refuses commits, reads on, and recovers', async () => {
  await using disk = await crashImage();
  await commit(disk.store, put('a'));
  disk.database.exec('PRAGMA query_only = ON');
  await expect(commit(disk.store, put('b'))).rejects.toMatchObject(
    trouble('read-only', 'store.db', 'read-only'),
  );
  expect((await disk.store.range('')).entries).toHaveLength(1);
  disk.database.exec('PRAGMA query_only = OFF');
  expect(await commit(disk.store, put('b'))).toBe(2);
});

it('when it cannot be written, the keys of a lease that has ended are gone all the same', async () => {
  await using disk = await crashImage();
  const lease = await disk.store.grantLease(1000);
  await commit(disk.store, put('owner', 'x', lease), put('other'));
  disk.database.exec('PRAGMA query_only = ON');
  await disk.clock.advance(5000);
  expect(await disk.store.get('owner')).toBeUndefined();
  expect((await disk.store.range('')).entries.map((entry) => entry.key)).toEqual(['other']);
  disk.database.exec('PRAGMA query_only = OFF');
  await disk.clock.advance(1000);
  expect((await disk.store.range('')).revision).toBe(2);
});

it('a flushed commit into files that were deleted is not acknowledged', async () => {
  await using fixture = await sqliteFixture();
  for (const suffix of ['', '-wal', '-shm']) await unlink(`${fixture.path}${suffix}`);
  await expect(fixture.store.commit({ writes: [put('a')] })).rejects.toMatchObject(
    trouble('removed', 'store.db', 'removed'),
  );
});
