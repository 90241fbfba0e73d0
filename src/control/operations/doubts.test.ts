import { describe, expect, it } from 'vitest';
import { planFailover } from '../../core/failover/plan-failover.ts';
import type { Doubt } from '../../core/failover/possible-primaries.ts';
import { operationId, type ServerId, serverId } from '../../core/identity.ts';
import type { Operation } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import { cluster, testTime } from '../../core/testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../../core/testing/counted-positions.ts';
import { createMemoryStore } from '../../simulator/memory-store.ts';
import { systemClock } from '../system-clock.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import { settleAbandoned } from './abandon.ts';
import { doubtsAfter, readDoubts } from './doubts.ts';
import { type Begun, OperationRunner, type RunnerParts } from './operation-runner.ts';

const built = cluster().primary('db1', { unreachable: true }).replica('db2').replica('db3');
const { address } = built.topology().nodes.find(({ name }) => name === 'db2') ?? {};
const db2 = serverId('db2');

function planned(doubts: ReadonlyMap<ServerId, Doubt> = new Map()): Plan {
  const topology = built.topology();
  const answer = planFailover({
    situation: { topology, policy: built.policy(), routes: new Map() },
    dead: serverId('db1'),
    judgement: {
      verdict: 'dead',
      rule: 'test',
      because: 'so the test says',
      testimonies: [],
      suspectedAt: testTime,
      judgedAt: testTime,
    },
    request: { cluster: topology.cluster, to: db2 },
    engine: { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant },
    positions: countedPositions,
    doubts,
  });
  if (!answer.ok) throw new Error('it was refused');
  return answer.plan;
}

const operation = (plan: Plan, more: Partial<Operation> = {}) => ({
  id: operationId('op-2'),
  kind: 'failover' as const,
  cluster: plan.cluster,
  requestedBy: 'test',
  requestedAt: testTime,
  finishedAt: testTime,
  status: 'failed' as const,
  plan,
  resumed: 0,
  ...more,
});

const word = { by: 'ada', reason: 'it burnt', candidateDown: true };

describe('a server that an operation may have promoted', () => {
  const left = doubtsAfter(operation(planned(), { abandoned: { ...word, candidateDown: false } }));

  it('is remembered with its address, over a restart', async () => {
    const store = createMemoryStore(systemClock);
    await store.commit({ writes: left.writes });
    const doubts = new Map<ServerId, Doubt>();
    await readDoubts(store, built.topology().cluster, doubts);
    expect(doubts.get(db2)).toEqual({ operation: 'op-2', at: testTime, name: 'db2', address });
    await store.close();
  });

  it('stays on record once a person says that it is off, until a failover has told of it', async () => {
    const store = createMemoryStore(systemClock);
    const doubts = new Map<ServerId, Doubt>();
    left.apply(doubts);
    const abandoned = operation(planned(), { abandoned: { ...word, candidateDown: false } });
    await settleAbandoned(store, { operation: abandoned, word, doubts });
    expect(doubts.get(db2)?.downBy).toBe('ada');
    const plan = planned(doubts);
    doubtsAfter(operation(plan, { status: 'rolled-back' })).apply(doubts);
    expect(doubts.size).toBe(1);
    doubtsAfter(operation(plan, { status: 'succeeded' })).apply(doubts);
    expect(doubts.size).toBe(0);
    await store.close();
  });

  it('is remembered also where the word came at once that it is off', () => {
    const doubts = new Map<ServerId, Doubt>();
    doubtsAfter(operation(planned(), { abandoned: word })).apply(doubts);
    expect(doubts.get(db2)?.downBy).toBe('ada');
  });

  it('and was put down before it said so is remembered, too', () => {
    const doubts = new Map<ServerId, Doubt>();
    doubtsAfter(operation(planned(), { status: 'rolled-back' }), 'its agent').apply(doubts);
    expect(doubts.get(db2)?.downBy).toBe('its agent');
  });

  it('after the plan was made stops the plan, also when another controller left it', async () => {
    const store = createMemoryStore(systemClock);
    await store.commit({ writes: left.writes });
    const parts: Partial<RunnerParts> = {
      store,
      clock: systemClock,
      holder: { name: 'ctl', isDead: () => false, sameBoot: () => true },
    };
    const watched = { servers: { doubts: new Map() }, topology: () => built.topology() };
    const running = { ...operation(planned()), status: 'running' as const };
    const runner = new OperationRunner(parts as RunnerParts);
    const begun: Begun = await runner.begin(running, watched as unknown as WatchedCluster);
    expect(begun).toMatchObject({ ok: false, refusals: [{ code: 'possible-primary', server: 'db2' }] });
    // Nothing was begun, and the cluster is free.
    expect((await store.range('/')).entries.map(({ key }) => key.split('/')[1])).toEqual(['doubts']);
    await store.close();
  });
});
