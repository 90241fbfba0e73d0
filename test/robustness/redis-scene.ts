/** Plain Redis under a controller and under load, and what has to be true of it afterwards. */
import { expect } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import { until } from '../kit/deadline.ts';
import type { RedisServer } from '../kit/redis/redis-server.ts';
import type { RedisReplication } from '../kit/redis/replication.ts';
import { type RedisWriters, verifyKeys } from './redis-writers.ts';

export const settled = { deadlineMs: 20_000, everyMs: 20 };

type Replication = Readonly<Record<string, string>>;

export const replicationOf = (server: RedisServer): Promise<Replication> => server.info('replication');

/** It takes writes from anybody: a replica does not, nor does a primary that demands replicas nobody has. */
async function isWritable(server: RedisServer): Promise<boolean> {
  const { role } = await replicationOf(server);
  const demand = await server.command('CONFIG', 'GET', 'min-replicas-to-write');
  return role === 'master' && Number(Array.isArray(demand) ? demand[1] : 0) < 1000;
}

export async function writableOf(cluster: RedisReplication): Promise<readonly RedisServer[]> {
  const running = cluster.servers.filter((server) => server.running);
  const writable = await Promise.all(running.map(isWritable));
  return running.filter((_, index) => writable[index]);
}

export async function expectOneWritable(cluster: RedisReplication, name: string): Promise<RedisServer> {
  expect((await writableOf(cluster)).map((server) => server.name)).toEqual([name]);
  return cluster.server(name);
}

export async function expectFollowsRedis(server: RedisServer, source: RedisServer): Promise<void> {
  let last: Replication = {};
  await until(`${server.name} to follow ${source.name}`, settled, async () => {
    last = await replicationOf(server);
    const { role, master_host: host, master_port: port, master_link_status: link } = last;
    const follows = host === source.address.host && Number(port) === source.address.port;
    return role === 'slave' && follows && link === 'up';
  }).catch((late: unknown) => {
    throw new Error(`${String(late)}: ${JSON.stringify(last)}`, { cause: late });
  });
}

/** All have the very same data, once nothing is on its way. */
export async function expectSameData(servers: readonly RedisServer[]): Promise<void> {
  let last: readonly string[] = [];
  await until('the same data everywhere', settled, async () => {
    last = await Promise.all(servers.map(async (server) => String(await server.command('DEBUG', 'DIGEST'))));
    return new Set(last).size === 1;
  }).catch((late: unknown) => {
    throw new Error(`${String(late)}: ${last.join(' ')}`, { cause: late });
  });
}

export async function expectNothingLostBy(writers: RedisWriters, primary: RedisServer): Promise<void> {
  const { lost, doubled } = await verifyKeys(writers, primary);
  expect(writers.acknowledged.length).toBeGreaterThan(0);
  expect(lost).toEqual([]);
  expect(doubled).toEqual([]);
}

/** How many full copies it has given so far. */
export async function fullCopies(server: RedisServer): Promise<number> {
  return Number((await server.info('stats')).sync_full);
}

export const told = (operation: Operation): string => JSON.stringify(operation.refusals ?? operation.outcome);
