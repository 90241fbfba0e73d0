/** The controller is killed at every step of a hand-over in a Redis Cluster; the next one carries it to the right end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Controller } from '../../src/control/controller.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { controllerParts, startControl, TestControl } from '../kit/control.ts';
import { type RedisCluster, startRedisCluster } from '../kit/redis/redis-cluster.ts';
import { runDoomed } from '../kit/run-doomed.ts';
import { agreedOwner, SlotWriters, told } from './redis-cluster-scene.ts';

const moments = [
  { name: 'announced, not begun', event: 'step-started', when: 'after', delayMs: 0 },
  { name: 'half way', event: 'step-started', when: 'after', delayMs: 4 },
  { name: 'done, not on record', event: 'step-done', when: 'before', delayMs: 0 },
] as const;

let cluster: RedisCluster;
let round = 0;

// Its cooldown is 4 s, and the stories go from shard to shard.
beforeAll(async () => {
  cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 1000 });
});
afterAll(() => cluster[Symbol.asyncDispose]());

const shards = [
  { slot: 0, members: ['db1', 'db4'] },
  { slot: 6000, members: ['db2', 'db5'] },
  { slot: 12_000, members: ['db3', 'db6'] },
];

describe.each(['verify', 'prepare', 'promote:NEW'])('killed at %s', (template) => {
  it.each(moments)('$name', async ({ event, when, delayMs }) => {
    const { slot, members } = shards[round % shards.length] ?? { slot: 0, members: [] };
    round += 1;
    const old = (await agreedOwner(cluster, slot)).owner;
    const next = cluster.server(members.find((name) => name !== old.name) ?? '');
    const step = template.replace('NEW', next.name);
    const storePath = `${cluster.folder}/store-${round}.db`;
    const setup = controllerParts(cluster).clusters[0];
    if (!setup) throw new Error('no cluster');
    await using writers = new SlotWriters([old, next], slot);
    await runDoomed({ storePath, setup, to: next.name, step, event, when, delayMs });
    const store = await openSqliteStore({ path: storePath, clock: systemClock });
    await using control = await startControl(cluster, { store });
    const [found] = await control.controller.operations({ limit: 1 });
    if (!found) throw new Error('the operation is not on record');
    const operation = await control.ended(found.id, 20_000);
    expect(operation.resumed).toBe(1);
    await sleep(200);
    const { owner } = await agreedOwner(cluster, slot);
    // Whatever became of it, what is said is what is so, and stays so.
    expect(operation.status, told(operation)).toBe(owner === next ? 'succeeded' : 'rolled-back');
    const ends = event === 'step-done' ? next : owner;
    expect(owner).toBe(template === 'promote:NEW' ? ends : old);
    await writers.stop();
    expect(await writers.lostOn(owner)).toEqual([]);
    expect(writers.refused).toEqual([]);
    expect(writers.heldMs).toBeLessThan(1000);
    await store.close();
  });
});

it('a failover that was left is finished, and the same replica is not told twice', async () => {
  const { slot } = shards[0] ?? { slot: 0 };
  const old = (await agreedOwner(cluster, slot)).owner;
  const next = old.name === 'db1' ? 'db4' : 'db1';
  const storePath = `${cluster.folder}/store-failover.db`;
  const setup = controllerParts(cluster).clusters[0];
  if (!setup) throw new Error('no cluster');
  // Its last election is forgotten by then.
  await sleep(5_000);
  await runDoomed({
    storePath,
    setup,
    to: next,
    ask: { what: 'failover', kill: old.pid },
    step: `promote:${next}`,
    event: 'step-started',
    when: 'after',
    delayMs: 30,
  });
  const store = await openSqliteStore({ path: storePath, clock: systemClock });
  await using control = new TestControl(new Controller(controllerParts(cluster, { store })), 'orders');
  await control.controller.start();
  const [found] = await control.controller.operations({ limit: 1 });
  const operation = await control.ended(found?.id ?? '', 20_000);
  expect(operation.status, told(operation)).toBe('succeeded');
  const requests = /auth-req_sent:(\d+)/;
  const stood = async (): Promise<string | undefined> =>
    requests.exec(String(await cluster.server(next).command('CLUSTER', 'INFO')))?.[1];
  const before = await stood();
  await sleep(1000);
  expect(await stood()).toBe(before);
  expect((await agreedOwner(cluster, slot)).owner.name).toBe(next);
  await store.close();
});
