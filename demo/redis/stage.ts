/** What the demo shows: a real Redis Cluster, a controller, and an application that writes to all of its shards. */
import { relative } from 'node:path';
import { loopbackHost } from '../../test/kit/ports.ts';
import { type RedisCluster, startRedisCluster } from '../../test/kit/redis/redis-cluster.ts';
import { type RedisServer, startRedis } from '../../test/kit/redis/redis-server.ts';
import { raising } from '../raise.ts';
import type { Screen } from '../screen.ts';
import { CLUSTER } from '../stage.ts';
import { Application } from './application.ts';
import { Controller } from './controller.ts';

const PRIMARIES = 3;
/** The number of the first one. */
const SPARE = 7;
const NODE_TIMEOUT_MS = 5000;
/** SETs a second: a load to be seen, on a machine that has other things to do. */
const RATE = 600;
/**
 * Redis replicates after it has answered, so a failover that waits for proof that nothing is missing would wait for
 * ever. Whoever plays kills one primary after the other.
 */
const failover = { mode: 'automatic', durability: 'available', maxLoss: 'any', quiet: '0s' };
const recovery = { brake: { failovers: 1000 } };

export interface Stage extends AsyncDisposable {
  readonly cluster: RedisCluster;
  readonly controller: Controller;
  readonly application: Application;
  /** Of no cluster yet, and empty. */
  readonly spares: readonly [RedisServer, RedisServer];
  /** All of them, those that are down and the spares among them. */
  readonly servers: readonly RedisServer[];
}

export interface Staging {
  readonly folder: string;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export async function setStage({ folder, screen, signal }: Staging): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const add = raising({ resources, screen, signal });
  const cluster = await add(
    'servers',
    startRedisCluster({ primaries: PRIMARIES, replicasEach: 1, nodeTimeoutMs: NODE_TIMEOUT_MS }),
    castText,
  );
  const controller = await add(
    'controller',
    Controller.start({
      folder,
      cluster: CLUSTER,
      servers: cluster.servers,
      keys: { recovery },
      clusterKeys: { failover },
    }),
    ({ url }) => `${url}, its files in ${relative('.', folder)}`,
  );
  const nodes = cluster.servers.map(({ address }) => address);
  const application = await add(
    'application',
    Application.start({ folder: cluster.folder, nodes, rate: RATE }),
    () => `ioredis, unmodified: ${RATE} SETs a second, all slots`,
  );
  const spares = [
    await add('a spare', startSpare(cluster, SPARE), nameOf),
    await add('another', startSpare(cluster, SPARE + 1), nameOf),
  ] as const;
  const owned = resources.move();
  return {
    cluster,
    controller,
    application,
    spares,
    servers: [...cluster.servers, ...spares],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function startSpare({ folder }: RedisCluster, number: number): Promise<RedisServer> {
  const cluster = { nodeTimeoutMs: NODE_TIMEOUT_MS };
  return startRedis({ folder, name: `db${number}`, host: loopbackHost(number), cluster });
}

const nameOf = ({ name }: RedisServer): string => `${name}: empty, and of no cluster yet`;

function castText({ servers }: RedisCluster): string {
  const names = servers.map(({ name }) => name);
  const [primaries, replicas] = [names.slice(0, PRIMARIES), names.slice(PRIMARIES)];
  return `Redis Cluster: ${primaries.join(' ')}, replicas ${replicas.join(' ')}`;
}
