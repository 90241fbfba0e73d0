/** A real cluster with links to its nodes, and writers that remember what was acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { systemClock } from '../../src/control/system-clock.ts';
import { type ServerId, serverId } from '../../src/core/identity.ts';
import type { ClusterView } from '../../src/core/shards/cluster-view.ts';
import { ClusterNodeLink } from '../../src/engines/redis-cluster/cluster-node.ts';
import { RespSession } from '../../src/engines/resp/resp-session.ts';
import { RespSessions } from '../../src/engines/resp/resp-sessions.ts';
import { call } from '../kit/call.ts';
import { createWorkFolder } from '../kit/folder.ts';
import { loopbackHost } from '../kit/ports.ts';
import {
  type RedisCluster,
  type RedisClusterOptions,
  startRedisCluster,
} from '../kit/redis/redis-cluster.ts';
import { type RedisServer, startRedis } from '../kit/redis/redis-server.ts';

export interface Linked extends AsyncDisposable {
  readonly nodes: ReadonlyMap<ServerId, ClusterNodeLink>;
}

/** Sessions of their own, as another controller has them. */
export async function linkNodes(servers: readonly RedisServer[]): Promise<Linked> {
  const all = servers.map((server) => {
    const credentials = { user: 'default', password: server.target.password ?? '' };
    return new RespSessions(
      server.address,
      (name) => (given) => RespSession.open(server.address, { clock: systemClock, credentials, name }, given),
    );
  });
  const links = all.map((sessions) => new ClusterNodeLink({ sessions, clock: systemClock }));
  const ids = await Promise.all(links.map((link) => link.id(call())));
  return {
    nodes: new Map(links.map((link, index) => [ids[index] ?? serverId(''), link])),
    [Symbol.asyncDispose]: async () => {
      for (const sessions of all) sessions.closeAll();
    },
  };
}

export interface ClusterScene extends AsyncDisposable {
  readonly cluster: RedisCluster;
  readonly nodes: ReadonlyMap<ServerId, ClusterNodeLink>;
  server(name: string): RedisServer;
  id(name: string): ServerId;
  /** Of an id. */
  name(id: ServerId): string;
  link(name: string): ClusterNodeLink;
  view(name: string): Promise<ClusterView>;
}

export async function startClusterScene(options: Partial<RedisClusterOptions> = {}): Promise<ClusterScene> {
  await using resources = new AsyncDisposableStack();
  const cluster = resources.use(
    await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 2_000, ...options }),
  );
  const { nodes } = resources.use(await linkNodes(cluster.servers));
  const kept = resources.move();
  const id = (name: string): ServerId => serverId(cluster.idOf(cluster.server(name)));
  const link = (name: string): ClusterNodeLink => {
    const found = nodes.get(id(name));
    if (found === undefined) throw new Error(`no link to ${name}`);
    return found;
  };
  return {
    cluster,
    nodes,
    server: (name) => cluster.server(name),
    id,
    name: (of) => cluster.byId(of).name,
    link,
    view: (name) => link(name).view(call()),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export interface EmptyNodes extends AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly nodes: ReadonlyMap<ServerId, ClusterNodeLink>;
  /** In the order of the servers. */
  readonly ids: readonly ServerId[];
}

/** That know nobody. `beside`: hosts that are taken. */
export async function startEmptyNodes(count: number, beside = 0): Promise<EmptyNodes> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await createWorkFolder('rnodes')).path;
  const servers = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      startRedis({
        folder,
        name: `new${at + 1}`,
        host: loopbackHost(1 + beside + at),
        cluster: { nodeTimeoutMs: 5_000 },
      }),
    ),
  );
  for (const server of servers) resources.use(server);
  const { nodes } = resources.use(await linkNodes(servers));
  const kept = resources.move();
  return { servers, nodes, ids: [...nodes.keys()], [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export interface ClusterWriters extends AsyncDisposable {
  /** Acknowledged so far. */
  readonly count: number;
  /** What the client let its user see, of those that were not acknowledged. */
  readonly errors: readonly string[];
  /** That anybody waited for an answer. */
  readonly longestWaitMs: number;
  stop(): Promise<void>;
  /** Of what was acknowledged, what cannot be read now. */
  lost(): Promise<readonly string[]>;
}

/** An ordinary client, with the library's own settings. `tag` gives the nth key's hash tag. */
export async function startWriters(
  scene: Pick<ClusterScene, 'cluster'>,
  tag: (n: number) => string,
  writers = 4,
): Promise<ClusterWriters> {
  const client = new Cluster(scene.cluster.servers.map(({ address }) => address));
  client.on('error', () => undefined);
  await client.ping();
  const acknowledged = new Map<string, string>();
  const errors: string[] = [];
  let stopped = false;
  let next = 0;
  let longestWaitMs = 0;
  const write = async (): Promise<void> => {
    while (!stopped) {
      const n = next++;
      const [key, value] = [`${tag(n)}w:${n}`, `${n}`];
      const began = performance.now();
      try {
        if ((await client.set(key, value)) === 'OK') acknowledged.set(key, value);
      } catch (thrown) {
        errors.push(String(thrown));
      }
      longestWaitMs = Math.max(longestWaitMs, performance.now() - began);
      await sleep(1);
    }
  };
  const running = Array.from({ length: writers }, write);
  const stop = async (): Promise<void> => {
    stopped = true;
    await Promise.all(running);
  };
  return {
    get count() {
      return acknowledged.size;
    },
    get longestWaitMs() {
      return longestWaitMs;
    },
    errors,
    stop,
    lost: async () => {
      const read = await Promise.all(
        [...acknowledged].map(async ([key, value]) => ((await client.get(key)) === value ? [] : [key])),
      );
      return read.flat();
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      client.disconnect();
    },
  };
}
