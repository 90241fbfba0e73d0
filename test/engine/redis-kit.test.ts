/** The kit's Redis and Valkey servers: what the other tests of them stand on. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SOON, until } from '../kit/deadline.ts';
import { createWorkFolder, isAlive } from '../kit/folder.ts';
import { loopbackHost } from '../kit/ports.ts';
import { keySlot, SLOTS, tagOfSlot } from '../kit/redis/key-slot.ts';
import { startRedisCluster } from '../kit/redis/redis-cluster.ts';
import { redisFlavours, systemRedis } from '../kit/redis/redis-flavours.ts';
import { type RedisServer, startRedis } from '../kit/redis/redis-server.ts';
import { makeRedisTls } from '../kit/redis/redis-tls.ts';
import { awaitSameOffset, followRedis, startRedisReplication } from '../kit/redis/replication.ts';
import { RespProber } from '../kit/redis/resp-prober.ts';
import { encodeCommand, ReplyReader, RespError } from '../kit/redis/resp-reply.ts';
import { startSentinels } from '../kit/redis/sentinels.ts';
import type { ServerGroup } from '../kit/redis/server-group.ts';

async function expectGone(group: ServerGroup, pids: readonly number[]): Promise<void> {
  await group[Symbol.asyncDispose]();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(group.folder)).toBe(false);
}

const pidsOf = (group: ServerGroup) => group.servers.map((server) => server.pid);
const roleOf = async (server: RedisServer) => (await server.info('replication')).role;
const sourceOf = async (server: RedisServer) => {
  const { master_host: host, master_port: port } = await server.info('replication');
  return host === undefined ? undefined : { host, port: Number(port) };
};

describe.each(redisFlavours)('$name', (flavour) => {
  test.for(['star', 'chain'] as const)(
    'replicates in a %s, and leaves nothing behind',
    async (shape, context) => {
      if (flavour.unavailable !== undefined) return context.skip(flavour.unavailable);
      const group = await startRedisReplication({ replicas: 2, shape, flavour });
      await using _group = group;
      const [db1, db2, db3] = group.servers;
      if (db1 === undefined || db2 === undefined || db3 === undefined) throw new Error('three servers');

      expect(group.primary).toBe(db1);
      const { redis_version: redis, valkey_version: valkey } = await db1.info('server');
      expect(flavour.product === 'valkey' ? valkey : redis).toMatch(new RegExp(`^${flavour.version}\\.`));
      expect(await Promise.all(group.servers.map(sourceOf))).toEqual([
        undefined,
        db1.address,
        shape === 'star' ? db1.address : db2.address,
      ]);
      await db1.command('SET', 'k', 'v');
      await awaitSameOffset(group.servers, db1);
      expect(await db3.command('GET', 'k')).toBe('v');
      await expect(db3.command('SET', 'k', 'w')).rejects.toMatchObject({ code: 'READONLY' });

      await expectGone(group, pidsOf(group));
    },
  );

  test('is a cluster of three primaries with a replica each, whose dead and hung nodes are noticed', async (context) => {
    if (flavour.unavailable !== undefined) return context.skip(flavour.unavailable);
    const cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 500, flavour });
    await using _cluster = cluster;
    const [db1, db2, , db4] = cluster.servers;
    if (db1 === undefined || db2 === undefined || db4 === undefined) throw new Error('six servers');

    for (const node of cluster.servers)
      expect(await node.command('CLUSTER', 'MYID')).toBe(cluster.idOf(node));
    expect(await cluster.ownerOf(0)).toBe(db1);
    expect((await cluster.ownerOf(SLOTS - 1, db4)).name).toBe('db3');
    expect(await cluster.replicasOf(db1)).toEqual([db4]);
    const key = `${tagOfSlot(0)}k`;
    for (const each of [key, 'foo{}{bar}', 'foo{{bar}}zap', 'foo}{bar}', 'foo{bar', 'ü€'])
      expect(await db1.command('CLUSTER', 'KEYSLOT', each), each).toBe(keySlot(each));
    expect(await db1.command('SET', key, 'v')).toBe('OK');
    await expect(db2.command('SET', key, 'v')).rejects.toMatchObject({ code: 'MOVED' });

    await db1.kill();
    await until('db4 to own its slots', SOON, async () => (await cluster.ownerOf(0)) === db4);
    await cluster.agreed();
    expect(await db4.command('GET', key)).toBe('v');
    await db1.restart();
    await cluster.agreed();
    expect(await cluster.replicasOf(db4)).toEqual([db1]);

    const pids = pidsOf(cluster);
    await db2.pause();
    await until('db2 to be missed', SOON, async () => {
      const seen = await cluster.nodes(db4);
      return seen.find(({ id }) => id === cluster.idOf(db2))?.flags.includes('fail');
    });
    await expectGone(cluster, pids);
  });
});

describe('a Redis server', () => {
  test('can die, come back empty, and follow whom it followed', async () => {
    await using group = await startRedisReplication({ replicas: 1 });
    const { primary } = group;
    const db2 = group.server('db2');
    await primary.command('SET', 'k', 'v');
    const before = db2.pid;
    await db2.kill();
    expect(db2.running).toBe(false);
    await db2.restart(['--min-replicas-to-write', '3']);
    expect(db2.pid).not.toBe(before);
    expect(isAlive(before)).toBe(false);
    expect(await db2.command('CONFIG', 'GET', 'min-replicas-to-write')).toEqual([
      'min-replicas-to-write',
      '3',
    ]);
    expect(await sourceOf(db2)).toEqual(primary.address);
    await until('its data', SOON, async () => (await db2.command('GET', 'k')) === 'v');
    await primary.restart();
    expect(await primary.command('GET', 'k')).toBeNull();
  });

  test('keeps its data over a restart when its configuration says so', async () => {
    await using group = await startRedisReplication({ replicas: 0, config: ['appendonly yes'] });
    await group.primary.command('SET', 'k', 'v');
    await group.primary.restart();
    expect(await group.primary.command('GET', 'k')).toBe('v');
  });

  test('can hang and go on', async () => {
    await using group = await startRedisReplication({ replicas: 0 });
    const { primary } = group;
    await primary.command('PING');
    await primary.pause();
    expect(readFileSync(`/proc/${primary.pid}/stat`, 'utf8')).toContain(') T ');
    await expect(primary.commandWithin(200, 'PING')).rejects.toThrow('not within 200 ms');
    primary.resume();
    expect(await primary.command('ECHO', 'again')).toBe('again');
  });

  test('does not start, and says why, when it refuses its configuration', async () => {
    await expect(startRedisReplication({ replicas: 0, config: ['no-such-option 1'] })).rejects.toThrow(
      /db1 ended while it was starting[\s\S]*no-such-option/,
    );
  });

  test('asks for a password, and replicates with it', async () => {
    await using group = await startRedisReplication({ replicas: 1, password: 'secret' });
    const { address } = group.primary;
    using stranger = await RespProber.open({ address }, 2000);
    expect(await stranger.call(['PING'], 2000)).toMatchObject({ code: 'NOAUTH' });
    await expect(RespProber.open({ address, password: 'wrong' }, 2000)).rejects.toMatchObject({
      code: 'WRONGPASS',
    });
    expect(await group.server('db2').command('PING')).toBe('PONG');
  });

  test('speaks TLS alone, with its replicas and its cluster too', async () => {
    await using folder = await createWorkFolder('redis-tls');
    const tls = await makeRedisTls(folder.path, [1, 2, 3].map(loopbackHost));
    const secured = { tls, password: 'secret' };
    await using group = await startRedisReplication({ replicas: 1, ...secured });
    expect(await roleOf(group.server('db2'))).toBe('slave');
    await using cluster = await startRedisCluster({
      primaries: 3,
      replicasEach: 0,
      nodeTimeoutMs: 1000,
      ...secured,
    });
    expect(await cluster.ownerOf(SLOTS - 1)).toBe(cluster.server('db3'));
    const { busPort, target } = cluster.server('db1');
    const busAddress = { ...target.address, port: busPort ?? 0 };
    using bus = await RespProber.open({ address: busAddress, ca: target.ca ?? '' }, 2000);
    expect(bus.closed).toBe(false);
    for (const { address } of [group.primary, cluster.server('db1')]) {
      using plain = await RespProber.open({ address }, 2000);
      await expect(plain.call(['PING'], 2000)).rejects.toThrow(/has ended|ECONNRESET/);
    }
  });

  test('can change sides by hand', async () => {
    await using group = await startRedisReplication({ replicas: 1 });
    const { primary } = group;
    const db2 = group.server('db2');
    await db2.command('REPLICAOF', 'NO', 'ONE');
    await followRedis(primary, db2);
    expect(await roleOf(db2)).toBe('master');
    expect(await sourceOf(primary)).toEqual(db2.address);
  });
});

test('Sentinels know the primary, its replicas and each other, and replace it', async () => {
  await using group = await startRedisReplication({ replicas: 2, password: 'secret' });
  const { primary } = group;
  const sentinels = await startSentinels({ primary, replicas: 2, downAfterMs: 300 });
  await using _sentinels = sentinels;
  const [first] = sentinels.servers;
  if (first === undefined) throw new Error('three Sentinels');
  const where = () => first.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', sentinels.primaryName);
  expect(await where()).toEqual([primary.address.host, String(primary.address.port)]);
  expect(await first.command('SENTINEL', 'CKQUORUM', sentinels.primaryName)).toMatch(/^OK 3 /);
  await primary.kill();
  const others = group.servers.slice(1).map(({ address }) => [address.host, String(address.port)]);
  await until('another primary', SOON, async () =>
    JSON.stringify(others).includes(JSON.stringify(await where())),
  );
  await expectGone(sentinels, pidsOf(sentinels));
});

describe('a prober', () => {
  test('takes several replies at once, refusals as values, and closes when one is late', async () => {
    await using group = await startRedisReplication({ replicas: 0 });
    using prober = await RespProber.open(group.primary.target, 2000);
    const replies = await prober.pipeline([['SET', 'ü', '€'], ['GET', 'ü'], ['INCR', 'ü'], ['NO']], 2000);
    expect(replies.slice(0, 2)).toEqual(['OK', '€']);
    expect(replies.slice(2).map((reply) => reply instanceof RespError && reply.code)).toEqual(['ERR', 'ERR']);
    await expect(prober.call(['BLPOP', 'nothing', '0'], 100)).rejects.toThrow('not within 100 ms');
    expect(prober.closed).toBe(true);
    await expect(prober.call(['PING'], 100)).rejects.toThrow('not within 100 ms');
  });

  test('is told when the server dies, and when nobody listens', async () => {
    await using group = await startRedisReplication({ replicas: 0 });
    using prober = await RespProber.open(group.primary.target, 2000);
    const waiting = prober.call(['BLPOP', 'nothing', '0'], 5000);
    await Promise.all([expect(waiting).rejects.toThrow(/has ended|ECONNRESET/), group.primary.kill()]);
    await expect(RespProber.open(group.primary.target, 2000)).rejects.toThrow('ECONNREFUSED');
  });

  test('reads replies that come in pieces', () => {
    const whole = Buffer.from('*3\r\n$3\r\nab\r\r\n:-7\r\n*2\r\n$-1\r\n-MOVED 1 h:1\r\n+OK\r\n');
    const reader = new ReplyReader();
    const replies = Array.from(whole, (_, at) => reader.take(whole.subarray(at, at + 1))).flat();
    expect(replies).toEqual([['ab\r', -7, [null, new RespError('MOVED 1 h:1')]], 'OK']);
    expect(encodeCommand(['SET', '€'])).toBe('*2\r\n$3\r\nSET\r\n$3\r\n€\r\n');
    expect(() => new ReplyReader().take(Buffer.from('HTTP/1.1 400\r\n'))).toThrow('not RESP2');
  });
});

test('a server that is not on this machine is refused with the reason', async () => {
  await using folder = await createWorkFolder('redis');
  const flavour = { ...systemRedis, unavailable: 'not unpacked' };
  const started = startRedis({ folder: folder.path, name: 'db1', host: loopbackHost(1), flavour });
  await expect(started).rejects.toThrow('not unpacked');
});
