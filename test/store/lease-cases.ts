import { expect } from 'vitest';
import { brief, commit, put, type StoreCase, take } from './store-under-test.ts';

/** Long enough for a store that runs on real time to tell "before" from "after" by it. */
const ttlMs = 3000;

export const leaseCases: readonly StoreCase[] = [
  {
    behaviour: 'a lease that nobody keeps alive ends, and its keys with it',
    run: async ({ store, advance }) => {
      const lease = await store.grantLease(ttlMs);
      await commit(store, put('a', 'x', lease), put('b'));
      expect((await store.get('a'))?.lease).toBe(lease);
      await advance(ttlMs * 0.6);
      expect(await store.get('a')).toBeDefined();
      await advance(ttlMs * 0.6);
      expect(await store.get('a')).toBeUndefined();
      expect((await store.range('')).entries.map((entry) => entry.key)).toEqual(['b']);
      expect(await store.keepAlive(lease)).toBe(false);
    },
  },

  {
    behaviour: 'a lease ends without anybody calling, in one revision that watchers see',
    run: async ({ store, advance }) => {
      const lease = await store.grantLease(ttlMs);
      const written = await commit(store, put('a', 'x', lease), put('b', 'x', lease));
      const seen = take(store, '', written, 4);
      await advance(ttlMs * 1.5);
      const ended = written + 1;
      expect((await seen).map(brief)).toEqual([
        `put a@${written}`,
        `put b@${written}`,
        `delete a@${ended}`,
        `delete b@${ended}`,
      ]);
      expect((await store.range('')).revision).toBe(ended);
    },
  },

  {
    behaviour:
      'a compare does not see the key of a lease that has ended; the successor gets a higher create revision',
    run: async ({ store, advance }) => {
      const old = await store.grantLease(ttlMs);
      const first = await commit(store, put('owner', 'old', old));
      await advance(ttlMs * 1.5);
      const lease = await store.grantLease(ttlMs);
      const compare = [{ key: 'owner', is: 'absent' }] as const;
      const result = await store.commit({ compare, writes: [put('owner', 'new', lease)] });
      expect(result.ok).toBe(true);
      expect((await store.get('owner'))?.createRevision).toBeGreaterThan(first);
    },
  },

  {
    behaviour: 'revoking ends a lease at once; revoking again is no error',
    run: async ({ store }) => {
      const lease = await store.grantLease(ttlMs);
      await commit(store, put('a', 'x', lease));
      await store.revokeLease(lease);
      expect(await store.get('a')).toBeUndefined();
      expect(await store.keepAlive(lease)).toBe(false);
      await store.revokeLease(lease);
    },
  },

  {
    behaviour: 'a lease without keys ends without a revision',
    run: async ({ store, advance }) => {
      const revision = await commit(store, put('a'));
      await store.grantLease(ttlMs);
      await store.revokeLease(await store.grantLease(ttlMs));
      await advance(ttlMs * 1.5);
      expect(await commit(store)).toBe(revision);
    },
  },

  {
    behaviour: 'a lease that is kept alive lasts',
    run: async ({ store, advance }) => {
      const lease = await store.grantLease(ttlMs);
      await commit(store, put('a', 'x', lease));
      for (let round = 0; round < 4; round += 1) {
        await advance(ttlMs * 0.5);
        expect(await store.keepAlive(lease)).toBe(true);
      }
      expect(await store.get('a')).toBeDefined();
    },
  },

  {
    behaviour: 'a put under a lease that has ended, or never was, is refused whole',
    run: async ({ store, advance }) => {
      const lease = await store.grantLease(ttlMs);
      await advance(ttlMs * 1.5);
      for (const gone of [lease, '987654']) {
        const late = store.commit({ writes: [put('b'), put('a', 'x', gone)] });
        await expect(late).rejects.toMatchObject({ code: 'lease-lost' });
      }
      expect((await store.range('')).entries).toEqual([]);
    },
  },

  {
    behaviour: 'a key belongs to the lease of its last put, or to none',
    run: async ({ store }) => {
      const [one, two] = [await store.grantLease(ttlMs), await store.grantLease(ttlMs)];
      expect(one).not.toBe(two);
      await commit(store, put('moved', 'x', one), put('freed', 'x', one), put('kept', 'x', one));
      await commit(store, put('moved', 'y', two), put('freed', 'y'));
      await store.revokeLease(one);
      expect((await store.range('')).entries.map((entry) => entry.key)).toEqual(['freed', 'moved']);
      expect(await store.get('freed')).not.toHaveProperty('lease');
      await store.revokeLease(two);
      expect((await store.range('')).entries.map((entry) => entry.key)).toEqual(['freed']);
    },
  },

  {
    behaviour: 'a holder that slept through its lease cannot revive it',
    run: async ({ store, stall }) => {
      const lease = await store.grantLease(ttlMs);
      const written = await commit(store, put('a', 'x', lease));
      await stall(ttlMs * 1.5);
      expect(await store.keepAlive(lease)).toBe(false);
      expect(await store.get('a')).toBeUndefined();
      const again = await store.commit({ compare: [{ key: 'a', is: 'absent' }], writes: [put('a')] });
      expect(again).toMatchObject({ ok: true, revision: written + 2 });
    },
  },

  {
    behaviour: 'keeping an unknown lease alive answers false',
    run: async ({ store }) => {
      expect(await store.keepAlive('987654')).toBe(false);
    },
  },
];
