import { expect } from 'vitest';
import { commit, put, type StoreCase } from './store-under-test.ts';

export const readCases: readonly StoreCase[] = [
  {
    behaviour: 'a key that was never put is not there',
    run: async ({ store }) => {
      expect(await store.get('a')).toBeUndefined();
      expect((await store.range('')).entries).toEqual([]);
    },
  },

  {
    behaviour: 'a value comes back as it was put, whatever is in it',
    run: async ({ store }) => {
      for (const value of ['', 'plain', '{"a":"ü\u{1f418}"}', 'nul \0 inside', 'x'.repeat(300_000)]) {
        const revision = await commit(store, put('a', value));
        expect(await store.get('a')).toMatchObject({ key: 'a', value, modRevision: revision });
      }
    },
  },

  {
    behaviour: 'a range holds the keys under the prefix and no neighbour',
    run: async ({ store }) => {
      await commit(store, put('a'), put('a/'), put('a/1'), put('a/2/x'), put('a0'), put('b'));
      const under = async (prefix: string): Promise<string[]> =>
        (await store.range(prefix)).entries.map((entry) => entry.key);
      expect(await under('a/')).toEqual(['a/', 'a/1', 'a/2/x']);
      expect(await under('')).toEqual(['a', 'a/', 'a/1', 'a/2/x', 'a0', 'b']);
      expect(await under('c')).toEqual([]);
    },
  },

  {
    behaviour: 'a range is in the order of UTF-8 bytes, which differs from that of UTF-16',
    run: async ({ store }) => {
      const keys = ['Z', 'a', 'é', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{10ffff}'];
      for (const key of keys.toReversed()) await commit(store, put(key));
      expect((await store.range('')).entries.map((entry) => entry.key)).toEqual(keys);
    },
  },

  {
    behaviour: 'a range takes a limit, from either end',
    run: async ({ store }) => {
      for (const key of ['a/1', 'a/2', 'a/3', 'b']) await commit(store, put(key));
      const keys = async (options: { limit?: number; reverse?: boolean }): Promise<string[]> =>
        (await store.range('a/', options)).entries.map((entry) => entry.key);
      expect(await keys({ limit: 2 })).toEqual(['a/1', 'a/2']);
      expect(await keys({ limit: 1, reverse: true })).toEqual(['a/3']);
      expect(await keys({ reverse: true })).toEqual(['a/3', 'a/2', 'a/1']);
      expect(await keys({ limit: 0 })).toEqual([]);
    },
  },

  {
    behaviour: 'a range says the revision it was read at, also when it is empty',
    run: async ({ store }) => {
      const revision = await commit(store, put('a'));
      expect((await store.range('a')).revision).toBe(revision);
      expect((await store.range('nothing')).revision).toBe(revision);
    },
  },

  {
    behaviour: 'a closed store refuses to work, and closing again is no error',
    run: async ({ store }) => {
      await store.close();
      const unavailable = { code: 'store-unavailable' };
      await expect(store.get('a')).rejects.toMatchObject(unavailable);
      await expect(store.range('')).rejects.toMatchObject(unavailable);
      await expect(store.commit({ writes: [put('a')] })).rejects.toMatchObject(unavailable);
      await expect(store.grantLease(1000)).rejects.toMatchObject(unavailable);
      await expect(store.keepAlive('1')).rejects.toMatchObject(unavailable);
      await store.close();
    },
  },
];
