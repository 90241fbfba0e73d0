/** Shards of a Redis Cluster handed over by the controller, under load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startControl } from '../kit/control.ts';
import { startRedisCluster } from '../kit/redis/redis-cluster.ts';
import { type RedisFlavour, redisFlavours, systemRedis } from '../kit/redis/redis-flavours.ts';
import {
  agreedOwner,
  copiesOf,
  expectSucceeded,
  expectTooSoon,
  followsPartially,
  SlotWriters,
} from './redis-cluster-scene.ts';

it('loses nothing under load; the epoch grows, and the old primary goes on from where it was', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 5000 });
  await using control = await startControl(cluster);
  const before = await agreedOwner(cluster, 0);
  expect(before.owner.name).toBe('db1');
  const [db1, db4] = [cluster.server('db1'), cluster.server('db4')];
  const copies = await copiesOf(db4);
  await using writers = new SlotWriters([db1, db4], 0);
  await sleep(300);
  const operation = await control.switchover('db4');
  expectSucceeded(operation);
  expect(operation.plan?.guarantee).toMatch(/no acknowledged write is lost/);
  expect(operation.outcome?.loss).toBeUndefined();
  await sleep(200);
  await writers.stop();
  const after = await agreedOwner(cluster, 0);
  expect(after.owner.name).toBe('db4');
  expect(after.epoch).toBeGreaterThan(before.epoch);
  await followsPartially(db1, db4);
  expect(await copiesOf(db4)).toBe(copies);
  expect(await writers.lostOn(db4)).toEqual([]);
  expect(writers.by('db4').length).toBeGreaterThan(0);
  expect(writers.refused).toEqual([]);
  expect(writers.gapMs).toBeLessThan(1000);
});

const everyMs = 2000;

/** Whether the defect of Redis is in it (redis.md, section 0.2). */
const mended = ({ product, version }: RedisFlavour): boolean =>
  product === 'valkey' && Number(version) >= 8.1;

/** The others are tried for a shorter time. */
const cases = redisFlavours.flatMap((flavour) =>
  flavour === systemRedis
    ? [1000, 5000].map((nodeTimeoutMs) => ({ flavour, nodeTimeoutMs, rounds: 10 }))
    : [{ flavour, nodeTimeoutMs: 5000, rounds: 5 }],
);

describe('back and forth every 2 s', () => {
  for (const { flavour, nodeTimeoutMs, rounds } of cases) {
    it.skipIf(flavour.unavailable !== undefined)(
      `${flavour.name}, with a node timeout of ${nodeTimeoutMs} ms`,
      async () => {
        await using cluster = await startRedisCluster({
          primaries: 3,
          replicasEach: 1,
          nodeTimeoutMs,
          flavour,
        });
        await using control = await startControl(cluster);
        const [db1, db4] = [cluster.server('db1'), cluster.server('db4')];
        await using writers = new SlotWriters([db1, db4], 0);
        const outcomes: string[] = [];
        let owner = 'db1';
        const began = performance.now();
        for (let round = 0; round < rounds; round += 1) {
          await sleep(Math.max(0, began + round * everyMs - performance.now()));
          const to = owner === 'db1' ? 'db4' : 'db1';
          const operation = await control.switchover(to);
          const refused = operation.status === 'refused';
          (refused ? expectTooSoon : expectSucceeded)(operation);
          if (!refused) owner = to;
          outcomes.push(operation.status);
        }
        await writers.stop();
        expect(outcomes.includes('refused')).toBe(!mended(flavour));
        expect(outcomes.filter((each) => each === 'succeeded').length).toBeGreaterThan(1);
        const after = await agreedOwner(cluster, 0);
        expect(after.owner.name).toBe(owner);
        expect(await writers.lostOn(after.owner)).toEqual([]);
        expect(Math.max(writers.gapMs, writers.heldMs)).toBeLessThan(1000);
      },
      60_000,
    );
  }
});
