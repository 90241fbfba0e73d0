import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import { brief, commit, put, type StoreCase, take, within } from './store-under-test.ts';

export const watchCases: readonly StoreCase[] = [
  {
    behaviour: 'a watch replays from its revision on, and then goes on with what happens',
    run: async ({ store }) => {
      await commit(store, put('a'));
      const second = await commit(store, put('b'), put('c'));
      const events = take(store, '', second, 4);
      await nextTurn();
      const third = await commit(store, { delete: 'b' });
      const fourth = await commit(store, put('c', 'new'));
      expect((await events).map(brief)).toEqual([
        `put b@${second}`,
        `put c@${second}`,
        `delete b@${third}`,
        `put c@${fourth}`,
      ]);
    },
  },

  {
    behaviour: 'an event holds the entry as it was at its revision',
    run: async ({ store }) => {
      const created = await commit(store, put('a', 'one'));
      const modified = await commit(store, put('a', 'two'));
      await commit(store, { delete: 'a' });
      const [first, second] = await take(store, 'a', created, 2);
      const entry = { key: 'a', createRevision: created };
      expect(first).toEqual({
        kind: 'put',
        revision: created,
        entry: { ...entry, value: 'one', modRevision: created },
      });
      expect(second).toEqual({
        kind: 'put',
        revision: modified,
        entry: { ...entry, value: 'two', modRevision: modified },
      });
    },
  },

  {
    behaviour: 'a watch sees its prefix and no neighbour',
    run: async ({ store }) => {
      const first = await commit(store, put('a'), put('a/1'), put('a0'));
      const second = await commit(store, put('b'), put('a/2'));
      expect((await take(store, 'a/', first, 2)).map(brief)).toEqual([
        `put a/1@${first}`,
        `put a/2@${second}`,
      ]);
    },
  },

  {
    behaviour: 'a watch may begin at a revision that is yet to come',
    run: async ({ store }) => {
      const first = await commit(store, put('a'));
      const events = take(store, '', first + 2, 1);
      await nextTurn();
      await commit(store, put('b'));
      const third = await commit(store, put('c'));
      expect((await events).map(brief)).toEqual([`put c@${third}`]);
    },
  },

  {
    behaviour: 'a range and a watch from the revision after it leave out nothing and tell nothing twice',
    run: async ({ store }) => {
      await commit(store, put('n', '0'));
      const writing = (async () => {
        for (let n = 1; n <= 100; n += 1) await commit(store, put('n', `${n}`));
      })();
      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
      const { entries, revision } = await store.range('n');
      const seen = Number(entries[0]?.value);
      const events = await take(store, 'n', revision + 1, 100 - seen);
      await writing;
      const values = events.map((event) => (event.kind === 'put' ? Number(event.entry.value) : Number.NaN));
      expect(values).toEqual(Array.from({ length: 100 - seen }, (_, index) => seen + 1 + index));
    },
  },

  {
    behaviour: 'a slow watcher gets everything, in order',
    run: async ({ store }) => {
      const first = await commit(store, put('n', '0'));
      const done = new AbortController();
      const slow = (async () => {
        const values: string[] = [];
        for await (const event of store.watch('n', first, done.signal)) {
          values.push(event.kind === 'put' ? event.entry.value : event.kind);
          if (values.length % 50 === 0) await nextTurn();
          if (values.length === 700) return values;
        }
        return values;
      })();
      for (let n = 1; n < 700; n += 1) await commit(store, put('n', `${n}`));
      expect(await within(slow, 'the slow watcher')).toEqual(Array.from({ length: 700 }, (_, n) => `${n}`));
      done.abort();
    },
  },

  {
    behaviour: 'a watcher finds its change behind many that are not its own',
    run: async ({ store }) => {
      const first = await commit(store, put('mine/0'));
      for (let round = 0; round < 10; round += 1) {
        await commit(store, ...Array.from({ length: 90 }, (_, n) => put(`other/${round}/${n}`)));
      }
      const last = await commit(store, put('mine/1'));
      expect((await take(store, 'mine/', first, 2)).map(brief)).toEqual([
        `put mine/0@${first}`,
        `put mine/1@${last}`,
      ]);
    },
  },

  {
    behaviour: 'each watcher gets everything',
    run: async ({ store }) => {
      const first = await commit(store, put('a'));
      const watchers = Array.from({ length: 10 }, () => take(store, '', first, 3));
      await commit(store, put('b'));
      await commit(store, put('c'));
      for (const events of await Promise.all(watchers)) {
        expect(events.map((event) => event.revision)).toEqual([first, first + 1, first + 2]);
      }
    },
  },

  {
    behaviour: 'a watch ends with its signal, without an error, while it waits',
    run: async ({ store }) => {
      const done = new AbortController();
      const events: string[] = [];
      const watching = (async () => {
        for await (const event of store.watch('', 1, done.signal)) events.push(brief(event));
      })();
      const revision = await commit(store, put('a'));
      await within(take(store, '', revision, 1), 'the first event');
      await nextTurn();
      done.abort();
      await within(watching, 'the end of the watch');
      expect(events).toEqual([`put a@${revision}`]);
    },
  },

  {
    behaviour: 'no event comes after the signal, whatever there is to tell',
    run: async ({ store }) => {
      const first = await commit(store, put('a'));
      await commit(store, put('b'));
      const done = new AbortController();
      const events: string[] = [];
      for await (const event of store.watch('', first, done.signal)) {
        events.push(brief(event));
        done.abort();
      }
      expect(events).toEqual([`put a@${first}`]);
      for await (const event of store.watch('', first, done.signal)) events.push(brief(event));
      expect(events).toHaveLength(1);
    },
  },

  {
    behaviour: 'a watch ends when the store is closed',
    run: async ({ store }) => {
      const next = store.watch('', 1, new AbortController().signal)[Symbol.asyncIterator]().next();
      await nextTurn();
      await store.close();
      expect(await within(next, 'the end of the watch')).toMatchObject({ done: true });
    },
  },

  {
    behaviour: 'a watch from a revision that is forgotten says so and ends; range and watch go on from there',
    run: async ({ store, forgetHistory }) => {
      const first = await commit(store, put('a', 'old'));
      await commit(store, put('a', 'new'));
      await forgetHistory();
      const events: string[] = [];
      let from = 0;
      for await (const event of store.watch('a', first, new AbortController().signal)) {
        events.push(event.kind);
        from = event.revision;
      }
      expect(events).toEqual(['compacted']);
      expect(from).toBeGreaterThan(first);
      const { entries, revision } = await store.range('a');
      expect(entries.map((entry) => entry.value)).toEqual(['new']);
      expect(from).toBeLessThanOrEqual(revision + 1);
      const next = await commit(store, put('a', 'newest'));
      expect((await take(store, 'a', revision + 1, 1)).map(brief)).toEqual([`put a@${next}`]);
      expect((await take(store, '', from, 1))[0]).toMatchObject({ kind: 'put', revision: from });
    },
  },

  {
    behaviour: 'a watcher that falls behind the history is told so, not left with a gap',
    run: async ({ store, forgetHistory }) => {
      const first = await commit(store, put('a'));
      const watch = store.watch('', first, new AbortController().signal)[Symbol.asyncIterator]();
      expect((await watch.next()).value).toMatchObject({ kind: 'put', revision: first });
      await commit(store, put('b'));
      await forgetHistory();
      const last = await commit(store, put('c'));
      const told: string[] = [];
      for (let next = await watch.next(); next.done !== true; next = await watch.next())
        told.push(brief(next.value));
      expect(told.at(-1)).toMatch(/^compacted@/);
      expect(told).not.toContain(`put c@${last}`);
    },
  },
];
