/** A Redis Cluster of three shards with a replica each. The first shard is the one that is measured. */
import { clusterNodes } from '../../../test/kit/redis/cluster-nodes.ts';
import { tagOfSlot } from '../../../test/kit/redis/key-slot.ts';
import { type RedisCluster, startRedisCluster } from '../../../test/kit/redis/redis-cluster.ts';
import type { RedisServer } from '../../../test/kit/redis/redis-server.ts';
import type { ClientStream, ProbeLane } from '../load/load-protocol.ts';
import type { Stage } from '../stage.ts';

const SHARDS = 3;
/** Writes a second that the probe offers each of the other shards: enough to see a pause of 10 ms. */
const OTHERS_RATE = 250;

export interface ClusterStage extends Stage {
  readonly cluster: RedisCluster;
}

export interface ClusterSetting {
  readonly nodeTimeoutMs: number;
  /** Writes a second to the measured shard by the probe, and by the client to all shards, together. */
  readonly rate: number;
}

interface Shard {
  readonly name: string;
  readonly primary: RedisServer;
  readonly tag: string;
}

/** `rate`: writes a second, half of them by the probe to the measured shard, half by a client to all of them. */
export async function setClusterStage({ nodeTimeoutMs, rate }: ClusterSetting): Promise<ClusterStage> {
  await using resources = new AsyncDisposableStack();
  const cluster = resources.use(
    await startRedisCluster({ primaries: SHARDS, replicasEach: 1, nodeTimeoutMs }),
  );
  const shards = await Promise.all(cluster.servers.slice(0, SHARDS).map(shardOf));
  const [measured, ...others] = shards;
  if (measured === undefined) throw new RangeError('a cluster has a shard');
  const { primary } = measured;
  const replicas = await cluster.replicasOf(primary);
  const owned = resources.move();
  return {
    cluster,
    folder: cluster.folder,
    servers: cluster.servers,
    primary,
    replicas,
    shard: measured.name,
    others: new Map(others.map((shard) => [shard.name, shard.primary])),
    lanes: [
      ...[primary, ...replicas].map((server) => lane(measured, server, rate / 2)),
      ...others.map((shard) => lane(shard, shard.primary, OTHERS_RATE)),
    ],
    streams: [stream(measured, rate / 4), ...others.map((shard) => stream(shard, rate / 4 / others.length))],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function shardOf(primary: RedisServer, index: number): Promise<Shard> {
  const mine = (await clusterNodes(primary)).find((node) => node.flags.includes('myself'));
  const [slot] = mine?.slots[0] ?? [];
  if (slot === undefined) throw new Error(`${primary.name} owns no slot`);
  return { name: `shard${index + 1}`, primary, tag: tagOfSlot(slot) };
}

function lane({ name: shard, tag }: Shard, { name, address }: RedisServer, rate: number): ProbeLane {
  return { server: name, address, shard, prefix: `${tag}p:${name}:`, rate };
}

function stream({ name: shard, tag }: Shard, rate: number): ClientStream {
  return { shard, prefix: `${tag}c:`, rate };
}
