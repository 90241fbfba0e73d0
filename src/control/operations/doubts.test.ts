import { describe, expect, it } from 'vitest';
import type { Doubt } from '../../core/failover/doubt.ts';
import { planFailover } from '../../core/failover/plan-failover.ts';
import { operationId, type ServerId, serverId } from '../../core/identity.ts';
import type { Operation, StepOutput } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import { planSwitchover } from '../../core/switchover/plan-switchover.ts';
import { cluster, testTime } from '../../core/testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../../core/testing/counted-positions.ts';
import { judgedDead } from '../../core/testing/judged.ts';
import { createMemoryStore } from '../../simulator/memory-store.ts';
import { systemClock } from '../system-clock.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import { settleAbandoned } from './abandon.ts';
import { doubtsAfter, readDoubts, type Suspects } from './doubts.ts';
import { acquireLease } from './lease.ts';
import { type Begun, OperationRunner, type RunnerParts } from './operation-runner.ts';
import { findOperation, operationWrite, readJournal } from './records.ts';

const built = cluster().primary('db1', { unreachable: true }).replica('db2').replica('db3');
const { address } = built.topology().nodes.find(({ name }) => name === 'db2') ?? {};
const db2 = serverId('db2');

function planned(doubts: ReadonlyMap<ServerId, Doubt> = new Map(), servers = built, to = db2): Plan {
  const topology = servers.topology();
  const answer = planFailover({
    situation: { topology, policy: servers.policy(), routes: new Map(), doubts },
    dead: serverId('db1'),
    judgement: judgedDead,
    request: { cluster: topology.cluster, to },
    engine: { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant },
    positions: countedPositions,
  });
  if (!answer.ok) throw new Error('it was refused');
  return answer.plan;
}

const operation = (plan: Plan, more: Partial<Operation> = {}): Operation => ({
  id: operationId('op-2'),
  kind: plan.kind,
  cluster: plan.cluster,
  requestedBy: 'test',
  requestedAt: testTime,
  finishedAt: testTime,
  status: 'failed',
  plan,
  resumed: 0,
  ...more,
});

const bob = { by: 'bob', reason: 'it burnt', candidateDown: false };
const ada = { by: 'ada', reason: 'switched off', candidateDown: true };
const flag = { problem: { code: 'abandoned', message: '' }, repair: '' };
const outcome = {
  summary: 'given up by bob',
  flags: [
    { step: 'promote:db2', server: 'db2', ...flag },
    { step: 'fence:db1', ...flag },
  ],
};

const suspects = (): Suspects => ({ doubts: new Map(), replaced: new Map() });
const unsaid = { outputs: new Map<string, StepOutput>() };
const holder = { name: 'ctl', isDead: () => false, sameBoot: () => true };

describe('a server that an operation may have promoted', () => {
  const left = doubtsAfter(operation(planned(), { abandoned: bob }), unsaid);

  it('is remembered with its address, over a restart', async () => {
    const store = createMemoryStore(systemClock);
    await store.commit({ writes: left.writes });
    const doubts = new Map<ServerId, Doubt>();
    await readDoubts(store, built.topology().cluster, doubts);
    expect(doubts.get(db2)).toEqual({ operation: 'op-2', at: testTime, name: 'db2', address });
    await store.close();
  });

  it('is remembered also where the word came at once that it is off', () => {
    const known = suspects();
    doubtsAfter(operation(planned(), { abandoned: ada }), unsaid).apply(known);
    expect(known.doubts.get(db2)?.downBy).toBe('ada');
  });

  it('and was put down before it said so is remembered, too', () => {
    const known = suspects();
    doubtsAfter(operation(planned(), { status: 'rolled-back' }), {
      ...unsaid,
      putDown: 'its agent',
    }).apply(known);
    expect(known.doubts.get(db2)?.downBy).toBe('its agent');
  });

  const doubt: Doubt = {
    operation: operationId('op-1'),
    at: testTime,
    name: 'db2',
    address: address ?? { host: '', port: 0 },
    downBy: 'ada',
  };
  /** What is known of it after a failover to db3 that ended so. */
  const afterwards = (
    status: Operation['status'],
    outputs: ReadonlyMap<string, StepOutput>,
    silent = true,
  ) => {
    const known = suspects();
    known.doubts.set(db2, doubt);
    const servers = silent ? built.with('db2', { unreachable: true }) : built;
    const plan = planned(known.doubts, servers, serverId('db3'));
    doubtsAfter(operation(plan, { status }), { outputs }).apply(known);
    return { inDoubt: known.doubts.has(db2), formerBy: known.replaced.get(db2) };
  };

  it('is in doubt until a failover has told of it, and a former primary from then on', () => {
    expect(afterwards('rolled-back', new Map())).toEqual({ inDoubt: true, formerBy: undefined });
    expect(afterwards('succeeded', new Map())).toEqual({ inDoubt: false, formerBy: 'op-2' });
    const down = new Map([['rule-out:db2', { fence: 'hook' as const }]]);
    expect(afterwards('succeeded', down, false)).toEqual({ inDoubt: false, formerBy: 'op-2' });
  });

  it('is a replica as any other once it was made read-only', () => {
    const ruledOut = new Map([['rule-out:db2', { fence: 'read-only' as const }]]);
    expect(afterwards('succeeded', ruledOut, false)).toEqual({ inDoubt: false, formerBy: undefined });
  });

  it('is kept as a former primary over a restart', () => {
    const silent = built.with('db2', { unreachable: true });
    const plan = planned(new Map([[db2, doubt]]), silent, serverId('db3'));
    const { writes } = doubtsAfter(operation(plan, { status: 'succeeded' }), unsaid);
    expect(writes).toContainEqual({ put: `/replaced/${plan.cluster}/db2`, value: 'op-2' });
  });

  it('is in doubt no more once it is the primary', () => {
    const known = suspects();
    known.doubts.set(db2, doubt);
    doubtsAfter(operation(planned(known.doubts), { status: 'succeeded' }), unsaid).apply(known);
    expect(known).toEqual(suspects());
  });
});

describe('the word that it is off', () => {
  const given = operation(planned(), { abandoned: bob, outcome });
  const left = doubtsAfter(given, unsaid);

  async function stage() {
    const store = createMemoryStore(systemClock);
    await store.commit({ writes: [operationWrite(given), ...left.writes] });
    const known = suspects();
    left.apply(known);
    const parts = { store, clock: systemClock, holder };
    const say = (word = ada) => settleAbandoned(parts, { operation: given, word, suspects: known });
    const close = () => store.close();
    return { store, known, parts, say, [Symbol.asyncDispose]: close };
  }

  it('is put beside the one that gave it up, in the journal, and leaves nothing to repair there', async () => {
    await using scene = await stage();
    const { store, known } = scene;
    await scene.say();
    expect(known.doubts.get(db2)?.downBy).toBe('ada');
    const found = await findOperation(store, given.id);
    expect(found?.abandoned).toEqual(bob);
    expect(found?.outcome?.summary).toContain('given up by bob: it burnt; db2 is down, as ada says');
    expect(found?.outcome?.flags.map(({ step }) => step)).toEqual(['fence:db1']);
    const journal = await readJournal(store, given.id);
    expect(journal.map(({ what }) => what)).toEqual([{ event: 'abandoned', ...ada }]);
    expect(await store.get(`/leases/${given.cluster}`)).toBeUndefined();
  });

  it('brings no doubt back that was dealt with, also by another controller', async () => {
    await using scene = await stage();
    const { store } = scene;
    const key = `/doubts/${given.cluster}/db2`;
    await store.commit({ writes: [{ delete: key }] });
    await expect(scene.say()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('in doubt no more') as unknown,
    });
    expect(await store.get(key)).toBeUndefined();
    expect(await readJournal(store, given.id)).toEqual([]);
  });

  it('says nothing of what a later operation has left in doubt', async () => {
    await using scene = await stage();
    const later = { ...given, id: operationId('op-3') };
    await scene.store.commit({ writes: doubtsAfter(later, unsaid).writes });
    await expect(scene.say()).rejects.toMatchObject({ code: 'refused' });
    expect(scene.known.doubts.get(db2)).toMatchObject({ operation: 'op-3' });
  });

  it('waits for an operation that has the cluster in hand', async () => {
    await using scene = await stage();
    const held = await acquireLease(scene.parts, given.cluster, operationId('op-9'));
    await expect(scene.say()).rejects.toMatchObject({ message: expect.stringContaining('op-9') as unknown });
    if (held.ok) await held.lease.release();
    await scene.say();
  });
});

describe('a doubt that comes after the plan was made', () => {
  const left = doubtsAfter(operation(planned(), { abandoned: bob }), unsaid);
  const handOver = (): Plan => {
    const alive = cluster().primary('db1').replica('db2').replica('db3');
    const topology = alive.topology();
    const answer = planSwitchover(
      { topology, policy: alive.policy(), routes: new Map(), doubts: new Map() },
      { cluster: topology.cluster, to: serverId('db3') },
      { title: 'MariaDB', privilegedMayWrite: true },
    );
    if (!answer.ok) throw new Error('it was refused');
    return answer.plan;
  };

  it.each([
    ['failover', planned],
    ['switchover', handOver],
  ])('stops a %s, also when another controller left it', async (_kind, plan) => {
    const store = createMemoryStore(systemClock);
    await store.commit({ writes: left.writes });
    const parts: Partial<RunnerParts> = { store, clock: systemClock, holder };
    const watched = { servers: { doubts: new Map() }, topology: () => built.topology() };
    const asked = plan();
    const running = { ...operation(asked), plan: asked, status: 'running' as const };
    const runner = new OperationRunner(parts as RunnerParts);
    const begun: Begun = await runner.begin(running, watched as unknown as WatchedCluster);
    expect(begun).toMatchObject({ ok: false, refusals: [{ code: 'possible-primary', server: 'db2' }] });
    // Nothing was begun, and the cluster is free.
    expect((await store.range('/')).entries.map(({ key }) => key.split('/')[1])).toEqual(['doubts']);
    await store.close();
  });
});
