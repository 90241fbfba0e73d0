/** What the demo shows: a real cluster with agents, a route to its primary, a controller, and an application
 * that writes. */
import { relative } from 'node:path';
import { formatAddress } from '../src/core/identity.ts';
import type { SqlEngineKind } from '../src/core/observation.ts';
import type { RouteSettings } from '../src/core/policy.ts';
import { type Agents, startAgents } from '../test/kit/agents.ts';
import { type Cluster, startCluster } from '../test/kit/cluster.ts';
import { type ControllerProcess, startControllerProcess } from '../test/kit/controller-process.ts';
import { until } from '../test/kit/deadline.ts';
import { type Haproxy, startHaproxy } from '../test/kit/haproxy.ts';
import { startWriter, type Writer } from '../test/kit/writer.ts';
import { raising } from './raise.ts';
import type { Screen } from './screen.ts';

export const CLUSTER = 'orders';
const ROUTE = 'orders-rw';

const REPLICAS = 3;
const CONNECTIONS = 4;
/** Inserts a second: a load to be seen, on a machine that has other things to do. */
const RATE = 200;
/** Whoever plays kills one primary after the other; elsewhere the second one within an hour needs a person. */
const failover = { mode: 'automatic', quiet: '0s' };
const recovery = { brake: { failovers: 1000 } };
/** The application is at work when so many have been acknowledged. */
const FIRST_WRITES = 50;
const FIRST_WRITES_MS = 15_000;

const titles = { mariadb: 'MariaDB', mysql: 'MySQL' } as const;

export interface Stage extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly proxy: Haproxy;
  readonly agents: Agents;
  readonly controller: ControllerProcess;
  readonly writer: Writer;
}

export interface Staging {
  readonly engine: SqlEngineKind;
  readonly folder: string;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export async function setStage({ engine, folder, screen, signal }: Staging): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const add = raising({ resources, screen, signal });
  const starting = startCluster({ engine, replicas: REPLICAS, durable: true });
  const cluster = await add('servers', starting, castText);
  const proxy = await add(
    'route',
    startHaproxy({ folder: cluster.folder, target: cluster.primary.address, name: ROUTE }),
    ({ address }) => `HAProxy ${ROUTE}: ${formatAddress(address)} → ${cluster.primary.name}`,
  );
  const agents = await add(
    'agents',
    startAgents(cluster.servers, folder),
    () => `one on each host: ${cluster.servers.map(({ name }) => name).join(', ')}`,
  );
  const keys = { failover };
  const { serverKeys } = agents;
  const controller = await add(
    'controller',
    startControllerProcess({
      folder,
      keys: { recovery },
      clusters: [{ name: CLUSTER, cluster, routes: [routeTo(proxy)], keys, serverKeys }],
    }),
    ({ url }) => `${url}, its files in ${relative('.', folder)}`,
  );
  const writer = await add(
    'application',
    startApplication(cluster, proxy),
    () => `${CONNECTIONS} connections to ${ROUTE}, ${RATE} inserts a second`,
  );
  const owned = resources.move();
  return { cluster, proxy, agents, controller, writer, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** It knows the route's one address and nothing of the servers behind it. */
async function startApplication({ folder, servers }: Cluster, { address }: Haproxy): Promise<Writer> {
  const writer = await startWriter({ folder, servers, proxy: address, rate: RATE, connections: CONNECTIONS });
  try {
    await until('the first writes', { deadlineMs: FIRST_WRITES_MS, everyMs: 50 }, async () => {
      return (await writer.stats()).acknowledged >= FIRST_WRITES;
    });
    return writer;
  } catch (thrown) {
    await writer[Symbol.asyncDispose]();
    throw thrown;
  }
}

function routeTo({ name, socket, slot }: Haproxy): RouteSettings {
  return { name, kind: 'haproxy', socket, backend: name, server: slot, frontend: name };
}

function castText({ engine, primary, servers }: Cluster): string {
  const replicas = servers.filter((server) => server !== primary).map(({ name }) => name);
  return `${titles[engine]} ${primary.version}: primary ${primary.name}, replicas ${replicas.join(', ')}`;
}
