/** A primary and its replicas, without Redis Cluster. */
import { until } from '../deadline.ts';
import { createWorkFolder } from '../folder.ts';
import { loopbackHost } from '../ports.ts';
import type { RedisFlavour } from './redis-flavours.ts';
import { type RedisServer, type StartRedisOptions, startRedis } from './redis-server.ts';
import { ServerGroup, startAll } from './server-group.ts';

const DISKLESS = 'repl-diskless-sync';
const ONLINE = { deadlineMs: 20_000, everyMs: 10 };

export interface RedisReplicationOptions {
  readonly replicas: number;
  /** `star` (default): all follow the first. `chain`: each follows the one before it. */
  readonly shape?: 'star' | 'chain';
  readonly flavour?: RedisFlavour;
  /** More lines of every server's configuration file. */
  readonly config?: readonly string[];
  readonly password?: string;
  readonly tls?: StartRedisOptions['tls'];
  /** Default: `db1`, `db2` and so on; the first is the primary. */
  readonly names?: readonly string[];
  /** An existing folder for theirs; default: one of their own that goes with them. */
  readonly folder?: string;
  /** The first server's host is `loopbackHost(firstHost)`. Default 1: 127.0.0.11. */
  readonly firstHost?: number;
}

export class RedisReplication extends ServerGroup {
  readonly engine = 'redis';
  /** The primary at the beginning; the kit does not follow what becomes of it. */
  readonly primary: RedisServer;

  constructor(
    folder: string,
    servers: readonly RedisServer[],
    primary: RedisServer,
    resources: AsyncDisposableStack,
  ) {
    super(folder, servers, resources);
    this.primary = primary;
  }
}

/** All replicas are online when it returns, and each server's configuration file says whom it follows. */
export async function startRedisReplication(options: RedisReplicationOptions): Promise<RedisReplication> {
  await using resources = new AsyncDisposableStack();
  const folder = options.folder ?? resources.use(await createWorkFolder('redis')).path;
  const indexes = Array.from({ length: options.replicas + 1 }, (_, index) => index);
  const servers = await startAll(
    resources,
    indexes.map((index) => start(options, index, folder)),
  );
  const [primary, ...replicas] = servers;
  if (primary === undefined) throw new RangeError('there is a primary');
  if (options.shape === 'chain')
    for (const [index, replica] of replicas.entries()) await join([replica], servers[index] ?? primary);
  else await join(replicas, primary);
  await provePropagation(primary, replicas, 'dauphin-kit');
  return new RedisReplication(folder, servers, primary, resources.move());
}

function start(options: RedisReplicationOptions, index: number, folder: string): Promise<RedisServer> {
  const { flavour, config, password, tls } = options;
  return startRedis({
    folder,
    name: options.names?.[index] ?? `db${index + 1}`,
    host: loopbackHost((options.firstHost ?? 1) + index),
    ...(flavour === undefined ? {} : { flavour }),
    ...(config === undefined ? {} : { config }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  });
}

/**
 * A copy that goes by the disk this once: after one that does not, the stream may begin a full second after both ends
 * have said that the link is up (the replica's first REPLCONF ACK comes before the source has noticed that the copy
 * is done, and is not counted).
 */
async function join(replicas: readonly RedisServer[], source: RedisServer): Promise<void> {
  const before = await source.command('CONFIG', 'GET', DISKLESS);
  await source.command('CONFIG', 'SET', DISKLESS, 'no');
  await Promise.all(
    replicas.map(async (replica) => {
      await followRedis(replica, source);
      await awaitOnline(replica, source);
    }),
  );
  await source.command('CONFIG', 'SET', DISKLESS, Array.isArray(before) ? String(before[1]) : 'yes');
}

/** `replica` follows `source`, and does so again after a restart. */
export async function followRedis(replica: RedisServer, source: RedisServer): Promise<void> {
  await replica.command('REPLICAOF', source.address.host, source.address.port);
  await replica.command('CONFIG', 'REWRITE');
}

/** Returns when both ends say that the link is up: what is written from then on may still take a second to come. */
export async function awaitOnline(replica: RedisServer, source: RedisServer): Promise<void> {
  const { host, port } = replica.address;
  await until(`${replica.name} to be online at ${source.name}`, ONLINE, async () => {
    const { master_link_status: link } = await replica.info('replication');
    if (link !== 'up') return false;
    const seen = Object.values(await source.info('replication'));
    return seen.some((value) => value.startsWith(`ip=${host},port=${port},state=online,`));
  });
}

/** A write goes all the way to `replicas`; what it leaves is an offset, not a key. Without replicas, none. */
export async function provePropagation(
  primary: RedisServer,
  replicas: readonly RedisServer[],
  key: string,
): Promise<void> {
  if (replicas.length === 0) return;
  await primary.command('SET', key, '');
  await primary.command('DEL', key);
  await awaitSameOffset(replicas, primary);
}

/** Every other running server has received and applied all that `source` has now. */
export async function awaitSameOffset(
  servers: readonly RedisServer[],
  source: RedisServer,
  deadlineMs = ONLINE.deadlineMs,
): Promise<void> {
  const target = Number((await source.info('replication')).master_repl_offset);
  const others = servers.filter((server) => server !== source && server.running);
  await Promise.all(
    others.map((server) =>
      until(`${server.name} at offset ${target}`, { deadlineMs, everyMs: 5 }, async () => {
        return Number((await server.info('replication')).slave_repl_offset) >= target;
      }),
    ),
  );
}
