/** Real servers behind a Sentinel face whose view is set by hand: what a controller would do is done here step by step. */
import { readFile } from 'node:fs/promises';
import { listenSentinel, type SentinelServer } from '../../src/api/sentinel/index.ts';
import {
  SampleView,
  sampleInstance,
  samplePrimary,
  sampleReplica,
} from '../../src/api/sentinel/sample-view.ts';
import type { PrimaryView } from '../../src/api/sentinel/sentinel-view.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Address } from '../../src/core/identity.ts';
import { createWorkFolder } from '../kit/folder.ts';
import { loopbackHost } from '../kit/ports.ts';
import type { RedisServer } from '../kit/redis/redis-server.ts';
import { makeRedisTls } from '../kit/redis/redis-tls.ts';
import {
  awaitSameOffset,
  followRedis,
  type RedisReplication,
  startRedisReplication,
} from '../kit/redis/replication.ts';
import { silentLog } from './silent-log.ts';

export const CLUSTER = 'orders';
export const SERVER_PASSWORD = 'of-the-servers';
export const FACE_PASSWORD = 'of-the-face';

export interface Stage extends AsyncDisposable {
  readonly servers: RedisReplication;
  readonly view: SampleView;
  readonly face: SentinelServer;
  /** With `secure`: the authority that signed everybody's certificate. */
  readonly ca?: string;
}

export interface StageOptions {
  readonly replicas: number;
  /** TLS and passwords everywhere. */
  readonly secure?: boolean;
}

const FACE_HOST = loopbackHost(90);

export async function openStage({ replicas, secure = false }: StageOptions): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await createWorkFolder('sentinel')).path;
  const hosts = Array.from({ length: replicas + 1 }, (_, index) => loopbackHost(91 + index));
  const files = secure ? await makeRedisTls(folder, [FACE_HOST, ...hosts]) : undefined;
  const servers = resources.use(
    await startRedisReplication({
      ...{ replicas, folder, firstHost: 91 },
      ...(files ? { tls: files, password: SERVER_PASSWORD } : {}),
    }),
  );
  const view = new SampleView([viewOf(servers.servers, servers.primary)]);
  const [ca, key] = files
    ? await Promise.all([files.ca, files.key].map((file) => readFile(file, 'utf8')))
    : [];
  const face = resources.use(
    await listenSentinel({
      settings: {
        ...{ host: FACE_HOST, port: 0, others: [], maxClients: 100, lookupHoldMs: 1000 },
        ...(ca && key
          ? { tls: { certificate: ca, key }, account: { user: 'app', password: FACE_PASSWORD } }
          : {}),
      },
      view,
      clock: systemClock,
      log: silentLog,
    }),
  );
  const moved = resources.move();
  return {
    ...{ servers, view, face },
    ...(ca === undefined ? {} : { ca }),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

export function viewOf(
  servers: readonly RedisServer[],
  primary: RedisServer,
  changes: Partial<PrimaryView> = {},
): PrimaryView {
  const replicas = servers
    .filter((server) => server !== primary)
    .map(({ address, running }) =>
      sampleReplica(
        address,
        primary.address,
        running ? {} : { down: { since: Date.now(), how: 'subjectively' } },
      ),
    );
  return samplePrimary(CLUSTER, [primary.address], { replicas, ...changes });
}

/**
 * Without loss (reference/redis.md 2.4). The old primary becomes a replica and cuts its clients off in one transaction:
 * a client that writes between the two hears READONLY, which ioredis shows to the program.
 */
export async function handOver(
  { servers: { servers }, view }: Stage,
  from: RedisServer,
  to: RedisServer,
): Promise<void> {
  view.set(viewOf(servers, from, { handingOver: true }));
  await from.command('CLIENT', 'PAUSE', 10_000, 'WRITE');
  await awaitSameOffset([to], from);
  await from.command('MULTI');
  await from.command('REPLICAOF', to.address.host, to.address.port);
  await from.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await from.command('EXEC');
  await to.command('REPLICAOF', 'NO', 'ONE');
  view.set(viewOf(servers, to));
  await from.command('CLIENT', 'UNPAUSE');
  const others = servers.filter((server) => server !== from && server !== to && server.running);
  await Promise.all(others.map((server) => followRedis(server, to)));
}

/** The controller sees the death, and takes over. */
export async function takeOver(
  { servers: { servers }, view }: Stage,
  dead: RedisServer,
  to: RedisServer,
): Promise<void> {
  const down = sampleInstance(dead.address, { down: { since: Date.now(), how: 'objectively' } });
  view.set(viewOf(servers, dead, { primary: down, last: down, handingOver: true }));
  await to.command('REPLICAOF', 'NO', 'ONE');
  view.set(viewOf(servers, to));
}

export const textOf = ({ host, port }: Address): string => `${host}:${port}`;
