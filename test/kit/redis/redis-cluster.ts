/** A real Redis Cluster, made without redis-cli: what takes longest is the 2 s a new node waits before it serves. */
import { createWorkFolder } from '../folder.ts';
import { loopbackHost } from '../ports.ts';
import { awaitAgreement, introduce } from './cluster-agreement.ts';
import { type ClusterNode, clusterNodes, ownsSlot } from './cluster-nodes.ts';
import { SLOTS, tagOfSlot } from './key-slot.ts';
import type { RedisFlavour } from './redis-flavours.ts';
import { type RedisServer, type StartRedisOptions, startRedis } from './redis-server.ts';
import { awaitOnline, provePropagation } from './replication.ts';
import { ServerGroup, startAll } from './server-group.ts';

const AGREED_MS = 30_000;

export interface RedisClusterOptions {
  readonly primaries: number;
  readonly replicasEach: number;
  /** `cluster-node-timeout`. */
  readonly nodeTimeoutMs: number;
  readonly flavour?: RedisFlavour;
  /** More lines of every node's configuration file. */
  readonly config?: readonly string[];
  /** `cluster-allow-replica-migration`; default: the server's own, which is yes. */
  readonly migration?: boolean;
  readonly password?: string;
  readonly tls?: StartRedisOptions['tls'];
  /** An existing folder for theirs; default: one of their own that goes with them. */
  readonly folder?: string;
  /** The first node's host is `loopbackHost(firstHost)`. Default 1: 127.0.0.11. */
  readonly firstHost?: number;
}

export class RedisCluster extends ServerGroup {
  readonly engine = 'redis-cluster';
  readonly #ids: ReadonlyMap<RedisServer, string>;

  constructor(folder: string, ids: ReadonlyMap<RedisServer, string>, resources: AsyncDisposableStack) {
    super(folder, [...ids.keys()], resources);
    this.#ids = ids;
  }

  /** Any of them leads to the others. */
  get primary(): RedisServer {
    return this.server('db1');
  }

  /** Its node id, which it keeps over restarts and hand-overs. */
  idOf(server: RedisServer): string {
    const id = this.#ids.get(server);
    if (id === undefined) throw new Error(`${server.name} is not of this cluster`);
    return id;
  }

  byId(id: string): RedisServer {
    const found = this.servers.find((server) => this.#ids.get(server) === id);
    if (found === undefined) throw new Error(`no node ${id} in this cluster`);
    return found;
  }

  /** Who owns `slot`, in the eyes of `witness` (default: the first node that runs). */
  async ownerOf(slot: number, witness?: RedisServer): Promise<RedisServer> {
    const owner = (await this.nodes(witness)).find((node) => ownsSlot(node, slot));
    if (owner === undefined) throw new Error(`nobody owns slot ${slot}`);
    return this.byId(owner.id);
  }

  /** Who follows `primary`, in the eyes of `witness`, in the order of `servers`. */
  async replicasOf(primary: RedisServer, witness?: RedisServer): Promise<readonly RedisServer[]> {
    const nodes = await this.nodes(witness);
    const ids = nodes.filter((node) => node.primaryId === this.idOf(primary)).map(({ id }) => id);
    return this.servers.filter((server) => ids.includes(this.idOf(server)));
  }

  nodes(witness?: RedisServer): Promise<readonly ClusterNode[]> {
    const asked = witness ?? this.servers.find((server) => server.running);
    if (asked === undefined) throw new Error('no node of this cluster runs');
    return clusterNodes(asked);
  }

  /** Returns when every running node sees the same roles, slots and epochs, and serves. */
  agreed(deadlineMs = AGREED_MS): Promise<void> {
    return awaitAgreement(
      this.servers.filter((server) => server.running),
      deadlineMs,
    );
  }
}

/**
 * db1 to dbP are the primaries, each with as even a share of the slots as can be; the replicas come after them, db(P+1)
 * following db1, db(P+2) following db2 and so on, round and round. All agree, serve and are linked when it returns.
 */
export async function startRedisCluster(options: RedisClusterOptions): Promise<RedisCluster> {
  await using resources = new AsyncDisposableStack();
  const folder = options.folder ?? resources.use(await createWorkFolder('rcluster')).path;
  const count = options.primaries * (1 + options.replicasEach);
  const indexes = Array.from({ length: count }, (_, index) => index);
  const servers = await startAll(
    resources,
    indexes.map((index) => start(options, index, folder)),
  );
  const ids = new Map<RedisServer, string>();
  for (const server of servers) ids.set(server, String(await server.command('CLUSTER', 'MYID')));
  const primaries = servers.slice(0, options.primaries);
  await Promise.all(primaries.map((primary, index) => giveSlots(primary, index, primaries.length)));
  await introduce(servers, AGREED_MS);
  const replicas = servers.slice(primaries.length);
  const shards = primaries.map((primary, at) => ({
    primary,
    replicas: replicas.filter((_, index) => index % primaries.length === at),
    key: tagOfSlot(firstSlot(at, primaries.length)),
  }));
  await Promise.all(shards.map((shard) => attach(shard, ids.get(shard.primary) ?? '')));
  await awaitAgreement(servers, AGREED_MS);
  await Promise.all(shards.map((shard) => provePropagation(shard.primary, shard.replicas, shard.key)));
  return new RedisCluster(folder, ids, resources.move());
}

function start(options: RedisClusterOptions, index: number, folder: string): Promise<RedisServer> {
  const { flavour, migration, password, tls, nodeTimeoutMs } = options;
  return startRedis({
    folder,
    name: `db${index + 1}`,
    host: loopbackHost((options.firstHost ?? 1) + index),
    cluster: { nodeTimeoutMs },
    config: [
      ...(migration === undefined ? [] : [`cluster-allow-replica-migration ${migration ? 'yes' : 'no'}`]),
      ...(options.config ?? []),
    ],
    ...(flavour === undefined ? {} : { flavour }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  });
}

interface Shard {
  readonly primary: RedisServer;
  readonly replicas: readonly RedisServer[];
  /** One of its own. */
  readonly key: string;
}

async function attach({ primary, replicas }: Shard, primaryId: string): Promise<void> {
  for (const replica of replicas) {
    await replica.command('CLUSTER', 'REPLICATE', primaryId);
    await awaitOnline(replica, primary);
  }
}

/** An epoch of its own each, so that nobody's has to be raised when they meet. */
async function giveSlots(primary: RedisServer, index: number, primaries: number): Promise<void> {
  await primary.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  const last = firstSlot(index + 1, primaries) - 1;
  await primary.command('CLUSTER', 'ADDSLOTSRANGE', firstSlot(index, primaries), last);
}

function firstSlot(index: number, primaries: number): number {
  return Math.floor((index * SLOTS) / primaries);
}
