/** `dauphin serve` as a process of its own, over a Redis Cluster. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { ApiClient } from '../../src/cli/api-client.ts';
import { topologySchema } from '../../src/contract/topology-schema.ts';
import { formatAddress } from '../../src/core/identity.ts';
import type { Topology } from '../../src/core/topology.ts';
import { Child } from '../../test/kit/child.ts';
import { until } from '../../test/kit/deadline.ts';
import { freePort } from '../../test/kit/ports.ts';
import type { RedisServer } from '../../test/kit/redis/redis-server.ts';

export interface ControllerOptions {
  /** Gets the configuration, the log and, in `data/`, the store and the token. */
  readonly folder: string;
  readonly cluster: string;
  readonly servers: readonly RedisServer[];
  /** More keys at the top of the configuration file. */
  readonly keys: object;
  /** More keys of the cluster. */
  readonly clusterKeys: object;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HOST = '127.0.0.1';
const READY = { deadlineMs: 20_000, everyMs: 25 };
const SEEN = { deadlineMs: 20_000, everyMs: 50 };

export class Controller implements AsyncDisposable {
  readonly url: string;
  readonly tokenFile: string;
  readonly client: ApiClient;
  readonly #child: Child;

  private constructor(url: string, tokenFile: string, client: ApiClient, child: Child) {
    this.url = url;
    this.tokenFile = tokenFile;
    this.client = client;
    this.#child = child;
  }

  /** Returns when it answers and has seen every server. */
  static async start(options: ControllerOptions): Promise<Controller> {
    const { folder, cluster, servers } = options;
    const url = `http://${HOST}:${await freePort(HOST)}`;
    const file = `${folder}/dauphin.yaml`;
    const tokenFile = `${folder}/data/token`;
    await writeFile(file, stringify(configuration(options, url)), { mode: 0o600 });
    const child = await Child.start({
      name: 'controller',
      command: process.execPath,
      args: [MAIN, 'serve', '--config', file],
      logFile: `${folder}/controller.log`,
    });
    try {
      const token = await tokenOf(child, url, tokenFile);
      const controller = new Controller(url, tokenFile, new ApiClient({ url, token }), child);
      await until('every server to be seen', SEEN, async () => {
        const { nodes } = await controller.topology(cluster);
        return nodes.length === servers.length && nodes.every(({ reachable }) => reachable);
      });
      return controller;
    } catch (thrown) {
      await child[Symbol.asyncDispose]();
      throw new Error(`${String(thrown)}\n${await child.logTail()}`, { cause: thrown });
    }
  }

  topology(cluster: string): Promise<Topology> {
    return this.client.get(`/v1/clusters/${cluster}/topology`, topologySchema);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}

function configuration({ folder, cluster, servers, keys, clusterKeys }: ControllerOptions, url: string) {
  return {
    listen: { host: HOST, port: Number(new URL(url).port) },
    dataDir: `${folder}/data`,
    ...keys,
    clusters: [
      {
        name: cluster,
        engine: 'redis-cluster',
        servers: servers.map(({ name, address }) => ({ name, address: formatAddress(address) })),
        ...clusterKeys,
      },
    ],
  };
}

/** Made at the first start. */
function tokenOf(child: Child, url: string, file: string): Promise<string> {
  return until('the controller to answer', READY, async () => {
    if (child.exit !== undefined) throw new Error('the controller ended while it was starting');
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok === true && (await readFile(file, 'utf8')).trim();
  });
}
