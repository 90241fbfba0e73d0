import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { planFailover } from '../../core/failover/plan-failover.ts';
import type { StepOutput } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import { type Planned, planSwitchover } from '../../core/switchover/plan-switchover.ts';
import { cluster, nodeNamed } from '../../core/testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../../core/testing/counted-positions.ts';
import { judgedDead } from '../../core/testing/judged.ts';
import { Progress } from './progress.ts';
import { type Undoable, undo } from './roll-back.ts';
import type { Execution } from './run-steps.ts';

const engine = { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant };

function planned(how: Planned): Plan {
  if (!how.ok) throw new Error('it is refused');
  return how.plan;
}

function failover(): Plan {
  const agent = { host: '127.0.0.1', port: 7433 };
  const built = cluster().primary('db1', { unreachable: true, settings: { agent } }).replica('db2');
  const topology = built.topology();
  return planned(
    planFailover({
      situation: { topology, policy: built.policy({}), routes: new Map(), doubts: new Map() },
      dead: nodeNamed(topology, 'db1').id,
      judgement: judgedDead,
      request: { cluster: topology.cluster },
      engine,
      positions: countedPositions,
    }),
  );
}

function switchover(): Plan {
  const built = cluster().primary('db1').replica('db2');
  const topology = built.topology();
  const situation = { topology, policy: built.policy({}), routes: new Map(), doubts: new Map() };
  return planned(planSwitchover(situation, { cluster: topology.cluster }, engine));
}

const gone = (): Promise<never> => Promise.reject(new Fault('agent-unreachable', 'the host is off'));

/** Nobody answers, and no time passes but between two tries. Returns for how long the step's undo was tried. */
async function triedFor(plan: Plan, id: string, output?: StepOutput): Promise<number> {
  const step = plan.steps.find((each) => each.id === id);
  if (!step?.undo) throw new Error(`${id} has no undo`);
  const progress = new Progress();
  if (output) progress.take({ event: 'step-done', step: id, ms: 1, output });
  let at = 0;
  const stop = new AbortController().signal;
  const pause = (ms: number, signal: AbortSignal): Promise<unknown> => {
    if (signal !== stop) return new Promise(() => undefined);
    at += ms;
    return Promise.resolve();
  };
  const surroundings = {
    clock: { now: () => at, monotonic: () => at, sleep: pause },
    assertAllowed: () => undefined,
    agent: () => ({ unfence: gone }),
    link: () => ({ thaw: gone, restoreReplication: gone }),
  };
  const journal = { note: () => Promise.resolve() };
  const execution = { plan, progress, outputs: progress.outputs, journal, stop, surroundings };
  const fault = await undo(execution as unknown as Execution, step as Undoable);
  expect(fault?.code).toBe('agent-unreachable');
  return at;
}

describe('an undo that nobody answers', () => {
  it('is tried for long where writers wait for it', async () => {
    expect(await triedFor(switchover(), 'freeze:db1')).toBeGreaterThan(25_000);
    expect(await triedFor(failover(), 'fence:db1', { fence: 'agent' })).toBeGreaterThan(25_000);
    expect(await triedFor(failover(), 'fence:db1')).toBeGreaterThan(25_000);
  });

  it('is tried for a moment where the dead host is off: nothing fenced it', async () => {
    expect(await triedFor(failover(), 'fence:db1', { fence: 'none' })).toBeLessThanOrEqual(1000);
    expect(await triedFor(failover(), 'fence:db1', { fence: 'hook' })).toBeLessThanOrEqual(1000);
  });

  it('is tried for a short while elsewhere', async () => {
    const tried = await triedFor(failover(), 'gather:db2');
    expect(tried).toBeGreaterThan(3000);
    expect(tried).toBeLessThanOrEqual(5000);
  });
});
