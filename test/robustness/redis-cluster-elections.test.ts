/** Elections that the controller did not ask for, or that an earlier controller did: none is forgotten (redis.md, section 0.2). */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { startControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { type RedisCluster, startRedisCluster } from '../kit/redis/redis-cluster.ts';
import { expectSucceeded, expectTooSoon, SlotWriters } from './redis-cluster-scene.ts';

/** By a person, who asks the server. */
async function elect(cluster: RedisCluster, name: string): Promise<void> {
  await cluster.server(name).command('CLUSTER', 'FAILOVER');
  await until(`${name} to be elected`, SOON, async () => (await cluster.ownerOf(0)).name === name);
  await cluster.agreed();
}

it('a person’s own failovers count', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 2000 });
  await using control = await startControl(cluster);
  const [db1, db4] = [cluster.server('db1'), cluster.server('db4')];
  await using writers = new SlotWriters([db1, db4], 0);
  await elect(cluster, 'db4');
  const elected = performance.now();
  // db1 has not stood yet.
  expectSucceeded(await control.switchover('db1'));
  expect(performance.now() - elected).toBeLessThan(6_000);
  expectTooSoon(await control.switchover('db4'));
  await until('it to be allowed', SOON, async () => {
    const operation = await control.switchover('db4');
    if (operation.status === 'refused') expectTooSoon(operation);
    return operation.status === 'succeeded';
  });
  // No sooner than the cooldown, 4 × 2 s, and not much later than when it was seen.
  expect(performance.now() - elected).toBeGreaterThan(7_500);
  expect(performance.now() - elected).toBeLessThan(12_000);
  await writers.stop();
  expect(await writers.lostOn(db4)).toEqual([]);
  expect(writers.heldMs).toBeLessThan(1000);
});

it('the cluster’s own election counts', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 1500 });
  await using control = await startControl(cluster);
  await cluster.server('db1').kill();
  await until('the cluster to elect', SOON, async () => {
    return (await cluster.server('db4').info('replication')).role === 'master';
  });
  await cluster.server('db1').restart();
  await cluster.agreed();
  await until('db1 to be fit', SOON, async () => {
    const operation = await control.switchover('db1');
    return operation.status === 'succeeded';
  });
  expectTooSoon(await control.switchover('db4'));
});

it('they are remembered over a restart of the controller, and nothing else is refused after one', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 2000 });
  const store = createMemoryStore(systemClock);
  {
    await using control = await startControl(cluster, { store });
    expectSucceeded(await control.switchover('db4'));
    expectSucceeded(await control.switchover('db1'));
    expectTooSoon(await control.switchover('db4'));
  }
  const ended = performance.now();
  {
    await using again = await startControl(cluster, { store });
    const tooSoon = await again.switchover('db4');
    expectTooSoon(tooSoon);
    // It has not begun anew with the restart.
    const [, seconds] = /^([\d.]+) s more/.exec(tooSoon.refusals?.[0]?.needs ?? '') ?? [];
    expect(Number(seconds) * 1000 + performance.now() - ended).toBeLessThan(8_500);
    expectSucceeded(await again.switchover('db5'));
  }
  await sleep(Math.max(0, ended + 8_500 - performance.now()));
  {
    await using later = await startControl(cluster, { store });
    expectSucceeded(await later.switchover('db4'));
  }
});

it('a controller that knows nothing waits only for those that have stood', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 2000 });
  await elect(cluster, 'db4');
  await elect(cluster, 'db1');
  await using control = await startControl(cluster);
  expectTooSoon(await control.switchover('db4'));
  expectSucceeded(await control.switchover('db5'));
  expectSucceeded(await control.switchover('db6'));
});

it('one that came about while no controller ran is noticed by the next one', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 2000 });
  const store = createMemoryStore(systemClock);
  {
    await using _control = await startControl(cluster, { store });
    await sleep(200);
  }
  await elect(cluster, 'db4');
  await elect(cluster, 'db1');
  await using control = await startControl(cluster, { store });
  expectTooSoon(await control.switchover('db4'));
});
