/** The Sentinel port over a real controller: unmodified clients through its switchover and its failover, under load. */
import { afterEach, describe, expect, test } from 'vitest';
import { listenSentinel, viewOfControlPlane } from '../../src/api/sentinel/index.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import { startControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { loopbackHost } from '../kit/ports.ts';
import type { RedisServer } from '../kit/redis/redis-server.ts';
import { startRedisReplication } from '../kit/redis/replication.ts';
import { libraries, type SentinelAware } from './sentinel-clients.ts';
import { Load } from './sentinel-load.ts';
import { textOf } from './sentinel-stage.ts';
import { silentLog as log } from './silent-log.ts';

let open: SentinelAware[] = [];

afterEach(async () => {
  for (const client of open) await client.close();
  open = [];
});

const policy = { failover: { mode: 'automatic' as const, rejoin: 'automatic' as const, quietMs: 0 } };

async function openScene() {
  await using resources = new AsyncDisposableStack();
  const servers = resources.use(await startRedisReplication({ replicas: 2, firstHost: 81 }));
  const control = resources.use(await startControl(servers, { policy }));
  const view = resources.use(
    viewOfControlPlane({ control: control.controller, clock: systemClock, log, others: [] }),
  );
  const settings = { host: loopbackHost(80), port: 0, others: [], maxClients: 100, lookupHoldMs: 1000 };
  const face = resources.use(await listenSentinel({ settings, view, clock: systemClock, log }));
  const moved = resources.move();
  return { servers, control, face, [Symbol.asyncDispose]: () => moved.disposeAsync() };
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
  test('a switchover: no error, and every acknowledged write is there', async () => {
    await using scene = await openScene();
    const { servers, control } = scene;
    const client = await openClient(scene);
    open.push(client);
    expect(await client.where()).toBe(textOf(servers.primary.address));
    const load = new Load(client);
    await writtenAtLeast(load, 100);
    const operation = await control.switchover('db2');
    expect(operation.status, JSON.stringify(operation.refusals ?? operation.outcome)).toBe('succeeded');
    await writtenAtLeast(load, 100);
    await arrived(client, servers.server('db2'));
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(await missing(load, servers.server('db2'))).toEqual([]);
  });

  test('the death of the primary: no error, and writes go on at the new one', async () => {
    await using scene = await openScene();
    const { servers, control } = scene;
    const client = await openClient(scene);
    open.push(client);
    const load = new Load(client);
    await writtenAtLeast(load, 100);
    await servers.primary.kill();
    const taken = await control.firstEnded('failover', 20_000);
    expect(taken.status, JSON.stringify(taken.refusals ?? taken.outcome)).toBe('succeeded');
    await writtenAtLeast(load, 100);
    await arrived(client, servers.server(taken.plan?.to.name ?? ''));
    await load.stop();
    expect(load.errors).toEqual([]);
  });
});
