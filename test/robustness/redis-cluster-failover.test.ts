/** Primaries of a Redis Cluster that die: replaced at once by a vote of the others, while the other shards go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { atStep, interruptingStore } from '../kit/interrupting-store.ts';
import { startRedisCluster } from '../kit/redis/redis-cluster.ts';
import { agreedOwner, expectSucceeded, followsPartially, SlotWriters } from './redis-cluster-scene.ts';

const automatic = { policy: { failover: { mode: 'automatic', quietMs: 0 } } } as const;

/** Slots of db1, db2 and db3, where there are three. */
const [first, second, third] = [0, 6000, 12_000];

const failovers = async (control: TestControl) =>
  (await control.controller.operations({ limit: 50 })).filter(({ kind }) => kind === 'failover');

describe('a primary that is killed', () => {
  it.each([1000, 5000, 15_000])(
    'is replaced by a vote, with a node timeout of %i ms',
    async (nodeTimeoutMs) => {
      await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs });
      await using control = await startControl(cluster, automatic);
      const before = await agreedOwner(cluster, first);
      await using others = new SlotWriters([cluster.server('db2'), cluster.server('db5')], second);
      await using more = new SlotWriters([cluster.server('db3'), cluster.server('db6')], third);
      await sleep(300);
      await cluster.server('db1').kill();
      const taken = await control.firstEnded('failover', 10_000);
      expectSucceeded(taken);
      expect(taken.plan?.steps.find(({ action }) => action.verb === 'hand-over')?.action).toMatchObject({
        mode: 'force',
        fromIsDead: true,
      });
      const info = String(await cluster.server('db4').command('CLUSTER', 'INFO'));
      expect(info).toMatch(/auth-ack_received:[12]/);
      const after = await agreedOwner(cluster, first);
      expect(after.owner.name).toBe('db4');
      expect(after.epoch).toBeGreaterThan(before.epoch);
      expect(taken.outcome?.loss?.verdict).toBe('possible');
      await sleep(300);
      await Promise.all([others.stop(), more.stop()]);
      for (const writers of [others, more]) {
        expect(writers.refused).toEqual([]);
        expect(writers.gapMs).toBeLessThan(1000);
      }
      await cluster.server('db1').restart();
      await followsPartially(cluster.server('db1'), cluster.server('db4'));
      expect(await failovers(control)).toHaveLength(1);
    },
  );
});

it('two that are killed at once are both replaced', async () => {
  await using cluster = await startRedisCluster({ primaries: 5, replicasEach: 1, nodeTimeoutMs: 15_000 });
  await using control = await startControl(cluster, automatic);
  await sleep(500);
  const began = performance.now();
  await Promise.all([cluster.server('db1').kill(), cluster.server('db3').kill()]);
  const both = await until('both to be replaced', SOON, async () => {
    const done = (await failovers(control)).filter(({ status }) => status === 'succeeded');
    return done.length >= 2 && done;
  }).catch(async (late: unknown) => {
    throw new Error(`${String(late)}: ${JSON.stringify(await failovers(control))}`, { cause: late });
  });
  // Not only once the first one is long forgotten, nor by the cluster itself.
  expect(performance.now() - began).toBeLessThan(8_000);
  expect(new Set(both.map(({ plan }) => plan?.to.name))).toEqual(new Set(['db6', 'db8']));
  expect((await agreedOwner(cluster, 0)).owner.name).toBe('db6');
  expect((await agreedOwner(cluster, 7000)).owner.name).toBe('db8');
});

describe('a cluster that is faster', () => {
  it('is followed, and not fought', async () => {
    await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 300 });
    await using control = await startControl(cluster, {
      policy: { failover: { mode: 'automatic', quietMs: 0, graceMs: 6_000 } },
    });
    await sleep(300);
    await cluster.server('db1').kill();
    await until('the cluster to elect', SOON, async () => {
      const db4 = await cluster.server('db4').info('replication');
      return db4.role === 'master';
    });
    const { nodes } = await until('the controller to see it', SOON, async () => {
      const topology = control.controller.topology('orders');
      return topology.nodes.some(({ name, role }) => name === 'db4' && role === 'primary') && topology;
    });
    expect(nodes).toHaveLength(6);
    await sleep(7_000);
    expect(await failovers(control)).toEqual([]);
    await cluster.server('db1').restart();
    await followsPartially(cluster.server('db1'), cluster.server('db4'));
  });

  it('while the operation runs is said', async () => {
    await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 15_000 });
    const db4 = cluster.server('db4');
    const byItself = async (): Promise<void> => {
      await db4.command('CLUSTER', 'FAILOVER', 'FORCE');
      await until(
        'db4 to be elected',
        SOON,
        async () => (await cluster.ownerOf(first, cluster.server('db2'))) === db4,
      );
    };
    const store = interruptingStore(createMemoryStore(systemClock), atStep('promote', byItself));
    await using control = await startControl(cluster, { store });
    await cluster.server('db1').kill();
    const taken = await until('a failover that is not refused', SOON, async () => {
      const operation = await control.failover({ to: 'db4' });
      return operation.status !== 'refused' && operation;
    });
    expectSucceeded(taken);
    const journal = await control.controller.journal(taken.id);
    const notes = journal.flatMap(({ what }) => (what.event === 'step-done' ? [what.output?.note] : []));
    expect(notes).toContain('the cluster had elected it by itself');
  });
});

it('the replica that has received the most is elected', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 2, nodeTimeoutMs: 15_000 });
  await using control = await startControl(cluster, automatic);
  const [db1, db4] = [cluster.server('db1'), cluster.server('db4')];
  expect((await cluster.replicasOf(db1)).map(({ name }) => name)).toEqual(['db4', 'db7']);
  await db4.pause();
  // More than what is on its way between the two, or db4 would get it all once it wakes.
  const big = 'x'.repeat(1_000_000);
  const { tagOfSlot } = await import('../kit/redis/key-slot.ts');
  for (let n = 0; n < 60; n += 1) await db1.command('SET', `${tagOfSlot(first)}${n}`, big);
  await db1.kill();
  db4.resume();
  const taken = await control.firstEnded('failover', 20_000);
  expectSucceeded(taken);
  expect(taken.plan?.to.name).toBe('db7');
  expect(await cluster.server('db7').command('STRLEN', `${tagOfSlot(first)}59`)).toBe(1_000_000);
  await followsPartially(db4, cluster.server('db7'));
});

it('one that hangs is replaced, and follows once it wakes', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 5000 });
  await using control = await startControl(cluster, automatic);
  const db1 = cluster.server('db1');
  await sleep(300);
  await db1.pause();
  try {
    const taken = await control.firstEnded('failover', 10_000);
    expectSucceeded(taken);
    expect(taken.plan?.guarantee).toMatch(/if it still runs/);
  } finally {
    db1.resume();
  }
  await followsPartially(db1, cluster.server('db4'));
  expect((await agreedOwner(cluster, first)).owner.name).toBe('db4');
});
