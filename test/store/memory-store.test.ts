import { expect, it } from 'vitest';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { ManualClock } from './manual-clock.ts';
import { storeConformance } from './store-conformance.ts';
import { brief, commit, put, take } from './store-under-test.ts';

storeConformance('the memory store', async () => {
  const clock = new ManualClock();
  const store = createMemoryStore(clock, { historyLimit: 1000 });
  return {
    store,
    advance: (ms) => clock.advance(ms),
    stall: async (ms) => clock.stall(ms),
    forgetHistory: async () => {
      for (let n = 0; n < 1600; n += 1) await commit(store, put('~filler', `${n}`));
    },
    dispose: () => store.close(),
  };
});

it('leases that ended during a stall end in the order they were due', async () => {
  const clock = new ManualClock();
  const store = createMemoryStore(clock);
  const late = await store.grantLease(200);
  const early = await store.grantLease(100);
  await commit(store, put('late', 'x', late), put('early', 'x', early));
  clock.stall(500);
  expect((await store.range('')).revision).toBe(3);
  expect((await take(store, '', 2, 2)).map(brief)).toEqual(['delete early@2', 'delete late@3']);
  await store.close();
});
