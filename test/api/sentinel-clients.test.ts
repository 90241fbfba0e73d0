/** ioredis and node-redis, unmodified, through a switchover and a death, under load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { SOON, until } from '../kit/deadline.ts';
import type { RedisServer } from '../kit/redis/redis-server.ts';
import { libraries, openReader, type SentinelAware } from './sentinel-clients.ts';
import { Load } from './sentinel-load.ts';
import { handOver, openStage, type Stage, takeOver, textOf, viewOf } from './sentinel-stage.ts';

let open: SentinelAware[] = [];

afterEach(async () => {
  for (const client of open) await client.close();
  open = [];
});

async function keep(opening: Promise<SentinelAware>): Promise<SentinelAware> {
  const client = await opening;
  open.push(client);
  return client;
}

function pair({ servers: { servers, primary } }: Stage): readonly [RedisServer, RedisServer] {
  const other = servers.find((server) => server !== primary);
  if (other === undefined) throw new RangeError('there is a replica');
  return [primary, other];
}

const writtenAtLeast = (load: Load, more: number): Promise<unknown> => {
  const target = load.acknowledged.length + more;
  return until(`${more} more writes`, SOON, async () => load.acknowledged.length >= target);
};

const arrived = (client: SentinelAware, at: RedisServer): Promise<unknown> =>
  until(`the client at ${at.name}`, SOON, async () => (await client.where()) === textOf(at.address));

async function missing(load: Load, server: RedisServer): Promise<readonly string[]> {
  const found = await Promise.all(load.acknowledged.map((key) => server.command('EXISTS', key)));
  return load.acknowledged.filter((_, index) => found[index] !== 1);
}

describe.each(libraries)('$name', ({ open: openClient }) => {
  test.each([
    ['in plain text', false],
    ['with TLS and passwords', true],
  ])('switchovers there and back under load, %s: no error, no write lost', async (_, secure) => {
    await using stage = await openStage({ replicas: 1, secure });
    const [db1, db2] = pair(stage);
    const client = await keep(openClient(stage));
    expect(await client.where()).toBe(textOf(db1.address));
    const load = new Load(client);
    await writtenAtLeast(load, 100);
    await handOver(stage, db1, db2);
    await writtenAtLeast(load, 100);
    await arrived(client, db2);
    await handOver(stage, db2, db1);
    await writtenAtLeast(load, 100);
    await arrived(client, db1);
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(await missing(load, db1)).toEqual([]);
  });

  test('the primary dies under load: no error, and writes go on at the new one', async () => {
    await using stage = await openStage({ replicas: 1 });
    const [db1, db2] = pair(stage);
    const client = await keep(openClient(stage));
    const load = new Load(client);
    await writtenAtLeast(load, 100);
    await db1.kill();
    await takeOver(stage, db1, db2);
    await writtenAtLeast(load, 100);
    await arrived(client, db2);
    await load.stop();
    expect(load.errors).toEqual([]);
  });

  test('a time without any primary is waited out', async () => {
    await using stage = await openStage({ replicas: 1 });
    const [db1, db2] = pair(stage);
    const client = await keep(openClient(stage));
    const load = new Load(client);
    await writtenAtLeast(load, 20);
    await db1.kill();
    const { primary: _none, ...without } = viewOf(stage.servers.servers, db1, { handingOver: true });
    stage.view.set(without);
    // What was on its way has arrived by then.
    await sleep(300);
    const before = load.acknowledged.length;
    await sleep(1200);
    expect(load.acknowledged.length).toBe(before);
    await takeOver(stage, db1, db2);
    await writtenAtLeast(load, 100);
    await load.stop();
    expect(load.errors).toEqual([]);
  });
});

const listening = libraries.filter(({ name }) =>
  ['ioredis with failoverDetector', 'node-redis'].includes(name),
);

test.each(listening)('the primary hangs: $name leaves it when it is told', async ({ open: openClient }) => {
  await using stage = await openStage({ replicas: 1 });
  const [db1, db2] = pair(stage);
  const client = await keep(openClient(stage));
  const load = new Load(client);
  await writtenAtLeast(load, 100);
  await sleep(1500);
  await db1.pause();
  await takeOver(stage, db1, db2);
  await writtenAtLeast(load, 100);
  await arrived(client, db2);
  await load.stop();
  expect(load.errors).toEqual([]);
});

test('a reader of ioredis is sent to a replica that is up', async () => {
  await using stage = await openStage({ replicas: 2 });
  const [first, second, third] = stage.servers.servers;
  if (first === undefined || second === undefined || third === undefined)
    throw new RangeError('three servers');
  await third.kill();
  stage.view.set(viewOf(stage.servers.servers, first));
  const reader = await keep(openReader(stage));
  expect(await reader.where()).toBe(textOf(second.address));
});
