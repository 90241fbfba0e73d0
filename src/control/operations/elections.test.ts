import { expect, test } from 'vitest';
import { clusterName, serverId } from '../../core/identity.ts';
import type { ElectionMemory } from '../../core/shards/notice-election.ts';
import { createMemoryStore } from '../../simulator/memory-store.ts';
import { systemClock } from '../system-clock.ts';
import { electionWrite, readElections } from './elections.ts';

test('what is remembered of a node is read as it was written, and of this cluster only', async () => {
  const store = createMemoryStore(systemClock);
  const cache = clusterName('cache');
  const [db1, db4] = [serverId('db1'), serverId('db4')];
  const whole: ElectionMemory = {
    stood: 5,
    lookedAt: 1,
    source: db1,
    election: { node: db4, against: db1, at: 2 },
    announced: { node: db4, at: 3 },
  };
  await store.commit({
    writes: [
      electionWrite(cache, db4, whole),
      electionWrite(cache, db1, { stood: 0, lookedAt: 1 }),
      electionWrite(clusterName('cache2'), db1, whole),
    ],
  });
  expect(await readElections(store, cache)).toEqual(
    new Map([
      [db1, { stood: 0, lookedAt: 1 }],
      [db4, whole],
    ]),
  );
});
