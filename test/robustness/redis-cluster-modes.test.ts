/** Hand-overs of a Redis Cluster without the primary's help: what they lose is said before, and counted afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import { startControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { startRedisCluster } from '../kit/redis/redis-cluster.ts';
import { agreedOwner, expectSucceeded, SlotWriters, told } from './redis-cluster-scene.ts';

describe.each(['force', 'takeover'] as const)('mode %s while the primary lives', (mode) => {
  it('says what it loses, and counts it', async () => {
    await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 5000 });
    await using control = await startControl(cluster);
    const [db1, db4] = [cluster.server('db1'), cluster.server('db4')];
    const writers = new SlotWriters([db1, db1, db1, db1, db4], 0);
    await sleep(300);
    const operation = await control.switchover('db4', 30_000, { mode });
    expectSucceeded(operation);
    expect(operation.plan?.guarantee).toMatch(/^acknowledged writes are lost: db1 goes on taking writes/);
    await sleep(200);
    await writers.stop();
    const { owner } = await agreedOwner(cluster, 0);
    expect(owner.name).toBe('db4');
    const lost = await writers.lostOn(owner);
    expectCounted(operation, lost.length);
  });
});

/** A SET of such a key is some 40 to 120 bytes of the stream. */
function expectCounted(operation: Operation, lost: number): void {
  const { loss, summary = '' } = operation.outcome ?? {};
  expect(loss?.unit).toBe('bytes');
  expect(loss?.transactions).toBeLessThan(lost * 120 + 500);
  // The full copy of a cluster as small as this one may be over before the last word of the old primary is read.
  if (summary.includes('could not be read')) return;
  expect(loss?.verdict, told(operation)).toMatch(lost === 0 ? /none|known/ : /known/);
  expect(loss?.transactions).toBeGreaterThanOrEqual(lost * 30);
}

it('the default is refused when the primary is dead, and says what to do instead', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 15_000 });
  await using control = await startControl(cluster);
  await cluster.server('db1').kill();
  const refused = await control.switchover('db4');
  expect(refused.refusals?.map(({ code }) => code)).toEqual(['primary-unreachable']);
  expect(told(refused)).toMatch(/dauphin failover/);
});

it('force elects in the place of one that hangs, asked by a person', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 15_000 });
  await using control = await startControl(cluster);
  const db1 = cluster.server('db1');
  await db1.pause();
  try {
    const taken = await until('a failover that is not refused', SOON, async () => {
      const operation = await control.failover({ to: 'db4', mode: 'force' });
      return operation.status !== 'refused' && operation;
    });
    expectSucceeded(taken);
    expect((await cluster.ownerOf(0, cluster.server('db2'))).name).toBe('db4');
  } finally {
    db1.resume();
  }
  expect((await agreedOwner(cluster, 0)).owner.name).toBe('db4');
});

describe('without a majority', () => {
  const dead = ['db1', 'db2', 'db3'];

  it('nobody is elected but by a takeover that a person asks for', async () => {
    await using cluster = await startRedisCluster({ primaries: 5, replicasEach: 1, nodeTimeoutMs: 2000 });
    await using control = await startControl(cluster, {
      policy: { failover: { mode: 'automatic', quietMs: 0 } },
    });
    await Promise.all(dead.map((name) => cluster.server(name).kill()));
    const refused = await until('the majority to be missed', SOON, async () => {
      const operation = await control.failover({ to: 'db6' });
      return operation.refusals?.some(({ code }) => code === 'no-majority') && operation;
    });
    expect(told(refused)).toMatch(/takeover/);
    for (const [index, to] of ['db6', 'db7', 'db8'].entries()) {
      // The first two make a majority again: what is left may be elected by then.
      const taken = await until(`${to} to lead`, SOON, async () => {
        if ((await cluster.server(to).info('replication')).role === 'master') return true;
        const operation = await control.failover({ to, mode: 'takeover' });
        if (index === 0 && operation.status !== 'refused') expectSucceeded(operation);
        return operation.status === 'succeeded';
      });
      expect(taken).toBe(true);
    }
    for (const name of dead) await cluster.server(name).restart();
    expect((await agreedOwner(cluster, 0)).owner.name).toBe('db6');
  });

  it('the policy may allow it', async () => {
    await using cluster = await startRedisCluster({ primaries: 5, replicasEach: 1, nodeTimeoutMs: 15_000 });
    await using control = await startControl(cluster, {
      policy: { failover: { mode: 'automatic', quietMs: 0, takeover: true } },
    });
    await sleep(300);
    await Promise.all(dead.map((name) => cluster.server(name).kill()));
    await until('all to be replaced', SOON, async () => {
      const taken = await control.controller.operations({ limit: 50 });
      return taken.filter(({ status }) => status === 'succeeded').length === 3;
    }).catch(async (late: unknown) => {
      const all = await control.controller.operations({ limit: 50 });
      throw new Error(`${String(late)}: ${all.map(told).join('\n')}`, { cause: late });
    });
    expect((await agreedOwner(cluster, 0)).owner.name).toBe('db6');
  });
});
