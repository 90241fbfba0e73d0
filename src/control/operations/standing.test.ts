import { expect, test } from 'vitest';
import { clusterName, operationId, serverId } from '../../core/identity.ts';
import type { Operation } from '../../core/operation.ts';
import type { Plan, Step } from '../../core/plan.ts';
import { createMemoryStore } from '../../simulator/memory-store.ts';
import { systemClock } from '../system-clock.ts';
import { readRanks, readTakeovers, standing } from './standing.ts';

const target = (name: string) => ({
  id: serverId(name),
  name,
  address: { host: name, port: 6379 },
});

const step: Step = {
  id: 'promote:db4',
  phase: 'promote',
  title: 'db4 is elected',
  action: { verb: 'hand-over', server: target('db4'), from: target('db1'), mode: 'force' },
  after: [],
  deadlineMs: 1000,
  onFailure: 'carry-forward',
};

const among = (kind: 'switchover' | 'failover'): Operation => {
  const plan: Pick<Plan, 'kind' | 'from' | 'to' | 'steps'> = {
    kind,
    from: target('db1'),
    to: target('db4'),
    steps: [step],
  };
  return {
    id: operationId('op-1'),
    kind,
    cluster: clusterName('cache'),
    requestedBy: 'test',
    requestedAt: 1,
    finishedAt: 2,
    status: 'succeeded',
    plan: plan as Plan,
    resumed: 0,
  };
};

const forget = (): undefined => undefined;

/** What is on record after an operation among servers that elect. */
async function after(kind: 'switchover' | 'failover') {
  const store = createMemoryStore(systemClock);
  const change = standing(among(kind));
  await store.commit({ writes: change?.writes ?? [] });
  const ranks = { replaced: new Map(), primary: undefined, forget };
  change?.apply(ranks);
  await readRanks(store, clusterName('cache'), ranks);
  return { ranks, takeovers: await readTakeovers(store, 10) };
}

test('where servers elect, they say themselves who leads; of a failover its shard’s quiet time is kept', async () => {
  const unranked = { replaced: new Map(), primary: undefined, forget };
  expect(await after('switchover')).toEqual({ ranks: unranked, takeovers: [] });
  expect(await after('failover')).toEqual({
    ranks: unranked,
    takeovers: [{ cluster: 'cache', from: 'db1', requestedAt: 1, finishedAt: 2 }],
  });
});

test('a node that was forgotten is no member any more', async () => {
  const store = createMemoryStore(systemClock);
  await store.commit({ writes: [{ put: '/members/cache/db4', value: 'db4:6379' }] });
  const forget: Step = {
    ...step,
    action: { verb: 'forget', server: target('db4'), by: [target('db1')], reset: true },
  };
  const operation = among('switchover');
  const plan = { ...operation.plan, kind: 'reshape', steps: [forget] } as unknown as Plan;
  const change = standing({ ...operation, kind: 'reshape', plan });
  await store.commit({ writes: change?.writes ?? [] });
  const gone: string[] = [];
  change?.apply({ replaced: new Map(), primary: undefined, forget: (id) => gone.push(id) });
  expect(gone).toEqual(['db4']);
  expect((await store.range('/members/cache/')).entries).toEqual([]);
});
