import { expect } from 'vitest';
import type { Compare, Store } from '../../src/core/store.ts';
import { commit, put, type StoreCase, within } from './store-under-test.ts';

export const commitCases: readonly StoreCase[] = [
  {
    behaviour: 'every commit has a higher revision, and all its keys share it',
    run: async ({ store }) => {
      const first = await commit(store, put('a'), put('b'));
      const second = await commit(store, put('c'));
      expect(second).toBeGreaterThan(first);
      expect((await store.range('')).entries.map((entry) => entry.modRevision)).toEqual([
        first,
        first,
        second,
      ]);
    },
  },

  {
    behaviour: 'a key keeps its create revision until it is deleted and put again',
    run: async ({ store }) => {
      const created = await commit(store, put('a', 'one'));
      const modified = await commit(store, put('a', 'two'));
      expect(await store.get('a')).toEqual({
        key: 'a',
        value: 'two',
        createRevision: created,
        modRevision: modified,
      });
      await commit(store, { delete: 'a' });
      expect(await store.get('a')).toBeUndefined();
      const again = await commit(store, put('a', 'three'));
      expect(await store.get('a')).toEqual({
        key: 'a',
        value: 'three',
        createRevision: again,
        modRevision: again,
      });
      expect(again).toBeGreaterThan(modified);
    },
  },

  {
    behaviour: 'a transaction that changes nothing makes no revision',
    run: async ({ store }) => {
      const revision = await commit(store, put('a'));
      expect(await commit(store, { delete: 'nothing' })).toBe(revision);
      expect(await commit(store)).toBe(revision);
    },
  },

  {
    behaviour: 'a transaction that writes a key twice is refused whole',
    run: async ({ store }) => {
      const twice = store.commit({ writes: [put('b'), put('a'), { delete: 'a' }] });
      await expect(twice).rejects.toThrow(/a.*twice/);
      expect((await store.range('')).entries).toEqual([]);
    },
  },

  {
    behaviour: 'each compare holds exactly when what it says is so',
    run: async ({ store }) => {
      const created = await commit(store, put('a', 'one'));
      const modified = await commit(store, put('a', 'two'));
      const holds: readonly Compare[] = [
        { key: 'a', is: 'present' },
        { key: 'a', is: 'mod-revision', revision: modified },
        { key: 'a', is: 'create-revision', revision: created },
        { key: 'b', is: 'absent' },
      ];
      const fails: readonly Compare[] = [
        { key: 'a', is: 'absent' },
        { key: 'a', is: 'mod-revision', revision: created },
        { key: 'a', is: 'create-revision', revision: modified },
        { key: 'b', is: 'present' },
        { key: 'b', is: 'mod-revision', revision: modified },
        { key: 'b', is: 'create-revision', revision: created },
      ];
      expect((await store.commit({ compare: holds, writes: [] })).ok).toBe(true);
      for (const compare of fails) {
        expect(await store.commit({ compare: [compare], writes: [put('c')] })).toEqual({
          ok: false,
          failed: compare,
        });
      }
      expect(await store.get('c')).toBeUndefined();
      expect((await store.range('')).revision).toBe(modified);
    },
  },

  {
    behaviour: 'the first compare that fails is named and nothing is written',
    run: async ({ store }) => {
      const revision = await commit(store, put('a'));
      const compare: readonly Compare[] = [
        { key: 'a', is: 'present' },
        { key: 'b', is: 'present' },
        { key: 'a', is: 'absent' },
      ];
      const result = await store.commit({ compare, writes: [put('x'), { delete: 'a' }] });
      expect(result).toEqual({ ok: false, failed: compare[1] });
      expect((await store.range('')).entries.map((entry) => entry.key)).toEqual(['a']);
      expect((await store.range('')).revision).toBe(revision);
    },
  },

  {
    behaviour: 'of those who claim a key at the same time one gets it',
    run: async ({ store }) => {
      const claim = (who: number): ReturnType<Store['commit']> =>
        store.commit({ compare: [{ key: 'owner', is: 'absent' }], writes: [put('owner', `${who}`)] });
      const results = await within(
        Promise.all(Array.from({ length: 20 }, (_, who) => claim(who))),
        'the claims',
      );
      const winners = results.flatMap((result, who) => (result.ok ? [`${who}`] : []));
      expect(winners).toHaveLength(1);
      expect((await store.get('owner'))?.value).toBe(winners[0]);
    },
  },

  {
    behaviour: 'increments by compare-and-set lose none',
    run: async ({ store }) => {
      await commit(store, put('n', '0'));
      const increment = async (): Promise<void> => {
        for (;;) {
          const entry = await store.get('n');
          const revision = entry?.modRevision ?? 0;
          const writes = [put('n', `${Number(entry?.value) + 1}`)];
          const compare = [{ key: 'n', is: 'mod-revision', revision }] as const;
          if ((await store.commit({ compare, writes, durability: 'buffered' })).ok) return;
        }
      };
      await within(Promise.all(Array.from({ length: 15 }, increment)), 'the increments');
      expect((await store.get('n'))?.value).toBe('15');
    },
  },
];
