/** Plain replication of Redis and Valkey: the primary is handed over while clients write. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startControl } from '../kit/control.ts';
import { redisFlavours } from '../kit/redis/redis-flavours.ts';
import { type RedisReplicationOptions, startRedisReplication } from '../kit/redis/replication.ts';
import {
  expectFollowsRedis,
  expectNothingLostBy,
  expectOneWritable,
  expectSameData,
  fullCopies,
  told,
} from './redis-scene.ts';
import { expectNeverTwo, RedisWriters } from './redis-writers.ts';

const debug = ['enable-debug-command yes'];

const shapes: readonly (readonly [string, RedisReplicationOptions])[] = [
  ['a star', { replicas: 2, config: debug }],
  ['a chain', { replicas: 2, shape: 'chain', config: debug }],
  ['one replica, which writes wait for', { replicas: 1, config: [...debug, 'min-replicas-to-write 1'] }],
];

describe.each(redisFlavours.map((flavour) => [flavour.name, flavour] as const))('%s', (_name, flavour) => {
  it.skipIf(flavour.unavailable)('hands over under load without loss, and by partial copies', async () => {
    await using cluster = await startRedisReplication({ replicas: 2, flavour, config: debug });
    await using control = await startControl(cluster);
    await using writers = new RedisWriters(cluster.servers, 3);
    await sleep(200);
    const operation = await control.switchover('db2');
    expect(operation.status, told(operation)).toBe('succeeded');
    expect(operation.outcome?.flags).toEqual([]);
    await sleep(200);
    await writers.stop();
    const primary = await expectOneWritable(cluster, 'db2');
    for (const name of ['db1', 'db3']) await expectFollowsRedis(cluster.server(name), primary);
    expectNeverTwo(writers, ['db1', 'db2']);
    await expectNothingLostBy(writers, primary);
    await expectSameData(cluster.servers);
    expect(await fullCopies(primary)).toBe(0);
    const journal = await control.controller.journal(operation.id);
    const notes = journal.flatMap(({ what }) =>
      what.event === 'step-done' && what.step.startsWith('follow:') ? [what.output?.note] : [],
    );
    expect(notes).toEqual(['partial resynchronisation', 'partial resynchronisation']);
    // The primary last: what it has is nowhere on a disk.
    for (const name of ['db1', 'db3', 'db2']) await cluster.server(name).restart();
    await expectOneWritable(cluster, 'db2');
    for (const name of ['db1', 'db3']) await expectFollowsRedis(cluster.server(name), primary);
  });
});

describe('back and forth six times', () => {
  it.each(shapes)('%s', async (_name, options) => {
    await using cluster = await startRedisReplication(options);
    await using control = await startControl(cluster);
    const copies = async (): Promise<readonly number[]> => Promise.all(cluster.servers.map(fullCopies));
    const before = await copies();
    await using writers = new RedisWriters(cluster.servers, 3);
    await sleep(100);
    const order = ['db1'];
    for (let round = 0; round < 6; round += 1) {
      const to = round % 2 === 0 ? 'db2' : 'db1';
      const operation = await control.switchover(to);
      expect(operation.status, told(operation)).toBe('succeeded');
      expect(operation.outcome?.flags, told(operation)).toEqual([]);
      order.push(to);
      await sleep(150);
    }
    await writers.stop();
    const primary = await expectOneWritable(cluster, 'db1');
    for (const server of cluster.servers)
      if (server !== primary && (options.shape !== 'chain' || server.name === 'db2'))
        await expectFollowsRedis(server, primary);
    await expectNothingLostBy(writers, primary);
    await expectSameData(cluster.servers);
    expect(await copies()).toEqual(before);
  });
});
