import { chmod, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { sqliteFixture } from './sqlite-fixture.ts';
import { brief, commit, put, take } from './store-under-test.ts';

it('everything is there after a restart: entries, revisions, history', async () => {
  await using fixture = await sqliteFixture();
  const first = await commit(fixture.store, put('a', 'one'), put('b'));
  const second = await commit(fixture.store, put('a', 'two'), { delete: 'b' });
  await fixture.store.close();
  const store = await fixture.open();
  expect(await store.get('a')).toEqual({
    key: 'a',
    value: 'two',
    createRevision: first,
    modRevision: second,
  });
  expect((await take(store, '', 1, 4)).map(brief)).toEqual([
    `put a@${first}`,
    `put b@${first}`,
    `put a@${second}`,
    `delete b@${second}`,
  ]);
  expect(await commit(store, put('c'))).toBe(second + 1);
});

it('a lease of the dead controller lasts its time and no longer', async () => {
  await using fixture = await sqliteFixture();
  const { clock } = fixture;
  const lease = await fixture.store.grantLease(10_000);
  const written = await commit(fixture.store, put('owner', 'x', lease));
  await clock.advance(4000);
  await fixture.store.close();
  const store = await fixture.open();
  expect(await store.get('owner')).toBeDefined();
  const gone = take(store, 'owner', written + 1, 1);
  await clock.advance(6500);
  expect((await gone).map(brief)).toEqual([`delete owner@${written + 1}`]);
  expect(await store.grantLease(1000)).not.toBe(lease);
});

it('a lease that ended while nothing ran is over at the start, with its event', async () => {
  await using fixture = await sqliteFixture();
  const lease = await fixture.store.grantLease(10_000);
  const written = await commit(fixture.store, put('owner', 'x', lease));
  await fixture.store.close();
  await fixture.clock.advance(60_000);
  const store = await fixture.open();
  expect(await store.get('owner')).toBeUndefined();
  expect((await take(store, 'owner', written + 1, 1)).map(brief)).toEqual([`delete owner@${written + 1}`]);
});

it('a wall clock that is set back between two runs does not prolong a lease beyond its time', async () => {
  await using fixture = await sqliteFixture();
  const lease = await fixture.store.grantLease(10_000);
  await commit(fixture.store, put('owner', 'x', lease));
  await fixture.store.close();
  const later = new ManualClock();
  later.wallOffset -= 86_400_000;
  const store = await fixture.open(later);
  await later.advance(9000);
  expect(await store.get('owner')).toBeDefined();
  await later.advance(1500);
  expect(await store.get('owner')).toBeUndefined();
});

it('a wall clock that is set while the store is open neither ends nor prolongs a lease', async () => {
  await using fixture = await sqliteFixture();
  const { clock, store } = fixture;
  const lease = await store.grantLease(10_000);
  clock.wallOffset += 3_600_000;
  await clock.advance(5000);
  expect(await store.keepAlive(lease)).toBe(true);
  clock.wallOffset -= 7_200_000;
  await clock.advance(10_500);
  expect(await store.keepAlive(lease)).toBe(false);
});

it('folder and files are for their user alone', async () => {
  await using fixture = await sqliteFixture();
  await commit(fixture.store, put('a'));
  const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
  const inner = dirname(fixture.path);
  for (const folder of [inner, dirname(inner)]) expect(await mode(folder)).toBe('700');
  for (const suffix of ['', '-wal', '-shm']) expect(await mode(`${fixture.path}${suffix}`)).toBe('600');
});

it('the rights a person gave an existing file stay', async () => {
  await using fixture = await sqliteFixture();
  await fixture.store.close();
  await chmod(fixture.path, 0o640);
  await fixture.open();
  expect((await stat(fixture.path)).mode & 0o777).toBe(0o640);
});

it('two stores on one file see each other: entries at once, watches within a round, leases as one', async () => {
  await using fixture = await sqliteFixture();
  const { clock, store: one } = fixture;
  const two = await fixture.open();
  const events = take(two, 'a', 1, 1);
  const lease = await one.grantLease(5000);
  await commit(one, put('a', 'x', lease));
  expect((await two.get('a'))?.lease).toBe(lease);
  await clock.advance(1000);
  expect((await events).map(brief)).toEqual(['put a@1']);
  const claim = { compare: [{ key: 'a', is: 'absent' }], writes: [put('a', 'two')] } as const;
  expect((await two.commit(claim)).ok).toBe(false);
  await clock.advance(5000);
  expect((await two.commit(claim)).ok).toBe(true);
  expect(await one.keepAlive(lease)).toBe(false);
});

it('a lease ends when it is due, not a round of housekeeping later', async () => {
  await using fixture = await sqliteFixture();
  await fixture.clock.advance(100);
  const written = await commit(fixture.store, put('a', 'x', await fixture.store.grantLease(300)));
  const gone = take(fixture.store, '', written + 1, 1);
  await fixture.clock.advance(300);
  expect((await gone).map(brief)).toEqual([`delete a@${written + 1}`]);
});

it('leases that ended during a stall end in the order they were due', async () => {
  await using fixture = await sqliteFixture();
  const { store, clock } = fixture;
  const late = await store.grantLease(200);
  const early = await store.grantLease(100);
  await commit(store, put('late', 'x', late), put('early', 'x', early));
  clock.stall(500);
  expect(await commit(store)).toBe(3);
  expect((await take(store, '', 2, 2)).map(brief)).toEqual(['delete early@2', 'delete late@3']);
});

it('a watcher finds its change behind more than one look through the history', async () => {
  await using fixture = await sqliteFixture(20_000);
  for (let n = 0; n < 50; n += 1) {
    await commit(fixture.store, ...Array.from({ length: 100 }, (_, key) => put(`other/${key}`)));
  }
  const last = await commit(fixture.store, put('mine'));
  expect((await take(fixture.store, 'mine', 1, 1)).map(brief)).toEqual([`put mine@${last}`]);
});

it('the history stays within its bounds, whatever the pace', async () => {
  await using fixture = await sqliteFixture(100);
  for (let n = 0; n < 1000; n += 1) await commit(fixture.store, put('a', `${n}`));
  using database = new DatabaseSync(fixture.path, { readOnly: true });
  const held = database.prepare(
    'SELECT count(*) AS held, sum(octet_length(key) + octet_length(value)) AS bytes FROM history',
  );
  const row = held.get();
  expect(Number(row?.held)).toBeGreaterThanOrEqual(100);
  expect(Number(row?.held)).toBeLessThan(100 + 64);
  expect(database.prepare('SELECT history_bytes AS bytes FROM counters').get()?.bytes).toBe(row?.bytes);
});

it('large transactions do not outrun the trimming of the history', async () => {
  await using fixture = await sqliteFixture(100);
  for (let n = 0; n < 10; n += 1) {
    await commit(fixture.store, ...Array.from({ length: 150 }, (_, key) => put(`${key}`)));
  }
  using database = new DatabaseSync(fixture.path, { readOnly: true });
  const { held } = database.prepare('SELECT count(*) AS held FROM history').get() ?? {};
  expect(Number(held)).toBeLessThan(100 + 64);
});

it('large values shorten the history, down to the newest change', async () => {
  await using fixture = await sqliteFixture(100, 1_000_000);
  using database = new DatabaseSync(fixture.path, { readOnly: true });
  const held = (): number => Number(database.prepare('SELECT count(*) AS held FROM history').get()?.held);
  for (let n = 0; n < 30; n += 1) await commit(fixture.store, put('a', 'x'.repeat(100_000)));
  expect(held()).toBe(9);
  const last = await commit(fixture.store, put('a', 'x'.repeat(2_000_000)));
  expect((await take(fixture.store, '', last, 1)).map(brief)).toEqual([`put a@${last}`]);
  expect(held()).toBe(1);
});
