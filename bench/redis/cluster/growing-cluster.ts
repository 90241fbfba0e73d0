/** Six nodes full of keys, and two more that have joined and own nothing yet. */

import { until } from '../../../test/kit/deadline.ts';
import { loopbackHost } from '../../../test/kit/ports.ts';
import { awaitAgreement } from '../../../test/kit/redis/cluster-agreement.ts';
import { clusterNodes, ownsSlot } from '../../../test/kit/redis/cluster-nodes.ts';
import { keySlot } from '../../../test/kit/redis/key-slot.ts';
import { startRedisCluster } from '../../../test/kit/redis/redis-cluster.ts';
import { type RedisServer, startRedis } from '../../../test/kit/redis/redis-server.ts';
import { RespProber } from '../../../test/kit/redis/resp-prober.ts';
import { RespError } from '../../../test/kit/redis/resp-reply.ts';

const SHARDS = 3;
const NODE_TIMEOUT_MS = 5000;
const JOINED = { deadlineMs: 30_000, everyMs: 50 };
const AT_ONCE = 5000;
const BATCH_MS = 30_000;

export interface GrowingCluster extends AsyncDisposable {
  readonly folder: string;
  readonly servers: readonly RedisServer[];
  /** The primary that is to get slots. */
  readonly empty: RedisServer;
}

/** `keys`: over all slots, one word each, on primaries and replicas when it returns. */
export async function setGrowingCluster(keys: number): Promise<GrowingCluster> {
  await using resources = new AsyncDisposableStack();
  const cluster = resources.use(
    await startRedisCluster({ primaries: SHARDS, replicasEach: 1, nodeTimeoutMs: NODE_TIMEOUT_MS }),
  );
  const [empty, replica] = [
    resources.use(await startNode(cluster.folder, cluster.servers.length + 1)),
    resources.use(await startNode(cluster.folder, cluster.servers.length + 2)),
  ];
  const servers = [...cluster.servers, empty, replica];
  await join(servers, empty, replica);
  await fill(servers, keys);
  const { folder } = cluster;
  const owned = resources.move();
  return { folder, servers, empty, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Who owns the slot of each key, as every node says. */
export async function ownersOf(servers: readonly RedisServer[]): Promise<(key: string) => RedisServer> {
  const [asked] = servers;
  const nodes = asked === undefined ? [] : await clusterNodes(asked);
  const byPort = new Map(servers.map((server) => [server.address.port, server]));
  return (key) => {
    const owner = nodes.find((node) => ownsSlot(node, keySlot(key)));
    const server = byPort.get(owner?.address.port ?? 0);
    if (server === undefined) throw new Error(`nobody owns the slot of ${key}`);
    return server;
  };
}

function startNode(folder: string, number: number): Promise<RedisServer> {
  const cluster = { nodeTimeoutMs: NODE_TIMEOUT_MS };
  return startRedis({ folder, name: `db${number}`, host: loopbackHost(number), cluster });
}

async function join(
  servers: readonly RedisServer[],
  empty: RedisServer,
  replica: RedisServer,
): Promise<void> {
  const [first] = servers;
  for (const { address, busPort } of [empty, replica]) {
    const bus = busPort === undefined ? [] : [busPort];
    await first?.command('CLUSTER', 'MEET', address.host, address.port, ...bus);
  }
  await until('the new nodes to be known', JOINED, async () => {
    const views = await Promise.all(servers.map(clusterNodes));
    return views.every(
      (nodes) => nodes.length === servers.length && nodes.every(({ flags }) => !flags.includes('handshake')),
    );
  });
  await replica.command('CLUSTER', 'REPLICATE', String(await empty.command('CLUSTER', 'MYID')));
  await awaitAgreement(servers, JOINED.deadlineMs);
}

async function fill(servers: readonly RedisServer[], keys: number): Promise<void> {
  const ownerOf = await ownersOf(servers);
  const owners = new Map<number, RedisServer>();
  const queues = new Map<RedisServer, string[]>();
  for (let number = 1; number <= keys; number++) {
    const key = `k:${number}`;
    const slot = keySlot(key);
    const owner = owners.get(slot) ?? ownerOf(key);
    owners.set(slot, owner);
    const queue = queues.get(owner) ?? [];
    queues.set(owner, queue);
    queue.push(key);
  }
  await Promise.all([...queues].map(([server, mine]) => setAll(server, mine)));
  await until('the keys to be on the replicas', JOINED, async () => {
    const sizes = await Promise.all(servers.map(async (server) => Number(await server.command('DBSIZE'))));
    return sizes.reduce((sum, size) => sum + size, 0) === 2 * keys;
  });
}

async function setAll(server: RedisServer, keys: readonly string[]): Promise<void> {
  using prober = await RespProber.open(server.target, BATCH_MS);
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const commands = keys.slice(at, at + AT_ONCE).map((key) => ['SET', key, key]);
    const refused = (await prober.pipeline(commands, BATCH_MS)).find((reply) => reply instanceof RespError);
    if (refused !== undefined) throw refused;
  }
}
