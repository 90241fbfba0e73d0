/** A controller that is killed between a person's word and the end of the operation that was given up. */
import { expect, test } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { planFailover } from '../../core/failover/plan-failover.ts';
import { operationId, serverId } from '../../core/identity.ts';
import type { JournalEvent, Operation } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import { type Planned, planSwitchover } from '../../core/switchover/plan-switchover.ts';
import { cluster, testTime } from '../../core/testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../../core/testing/counted-positions.ts';
import { judgedDead } from '../../core/testing/judged.ts';
import { createMemoryStore } from '../../simulator/memory-store.ts';
import { systemClock } from '../system-clock.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import { keys } from './keys.ts';
import { OperationRunner, type RunnerParts } from './operation-runner.ts';
import { findOperation, openWrite, operationWrite, readJournal } from './records.ts';

const db2 = serverId('db2');
const engine = { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant };

/** Db2 in place of db1. */
function planOf(kind: 'switchover' | 'failover'): Plan {
  const dead = kind === 'failover' ? ({ unreachable: true } as const) : {};
  const built = cluster().primary('db1', dead).replica('db2');
  const topology = built.topology();
  const situation = { topology, policy: built.policy(), routes: new Map(), doubts: new Map() };
  const request = { cluster: topology.cluster, to: db2 };
  const judgement = judgedDead;
  const positions = countedPositions;
  const answer: Planned =
    kind === 'switchover'
      ? planSwitchover(situation, request, engine)
      : planFailover({ situation, request, engine, positions, judgement, dead: serverId('db1') });
  if (!answer.ok) throw new Error('it was refused');
  return answer.plan;
}

const word = { by: 'ada', reason: 'its host burnt', candidateDown: false };
const holder = { name: 'ctl', isDead: () => true, sameBoot: () => true };
const silent = (): Promise<never> => Promise.reject(new Fault('connection-lost', 'it is silent'));
const quiet = (): undefined => undefined;

/** The controller died behind `journal`; nobody answers any more. */
async function takenUp(plan: Plan, journal: readonly JournalEvent[]) {
  const store = createMemoryStore(systemClock);
  const operation: Operation = {
    id: operationId('op-1'),
    kind: plan.kind,
    cluster: plan.cluster,
    requestedBy: 'test',
    requestedAt: testTime,
    status: 'running',
    plan,
    resumed: 0,
  };
  const lines = journal.map((what, sequence) => ({
    put: keys.journalEntry(operation.id, sequence),
    value: JSON.stringify({ operation: operation.id, sequence, at: testTime, what }),
  }));
  await store.commit({ writes: [operationWrite(operation), openWrite(operation, holder), ...lines] });
  const link = { takeOver: silent, probe: silent, rest: () => Promise.resolve() };
  const servers = {
    ...{ doubts: new Map(), replaced: new Map(), byId: quiet },
    ...{ linkTo: () => link, lookAtAll: () => Promise.resolve() },
  };
  const parts = { store, clock: systemClock, holder, log: { info: quiet, warn: quiet, error: quiet } };
  const runner = new OperationRunner(parts as unknown as RunnerParts);
  const watched = { servers, setup: { admin: {} }, agentOf: quiet, idOf: () => db2 };
  await runner.resume(() => watched as unknown as WatchedCluster);
  return { store, runner, servers, operation };
}

test.each(['failover', 'switchover'] as const)(
  'a %s that was given up as its controller died ends so, and asks nobody any more',
  async (kind) => {
    const plan = planOf(kind);
    const begun: JournalEvent = { event: 'step-started', step: plan.pointOfNoReturn };
    const { store, runner, servers, operation } = await takenUp(plan, [
      begun,
      { event: 'abandoned', ...word },
    ]);
    await runner.close(5000);
    expect(await findOperation(store, operation.id)).toMatchObject({ status: 'failed', abandoned: word });
    expect(servers.doubts.get(db2)).toMatchObject({ operation: 'op-1' });
    const events = (await readJournal(store, operation.id)).map(({ what }) => what.event);
    expect(events).toEqual(['step-started', 'abandoned', 'resumed', 'finished']);
    await store.close();
  },
);
