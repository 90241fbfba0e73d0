/** The real controller as a process of its own, over Redis servers: configured by a file, asked over its API. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { ApiClient } from '../../src/cli/api-client.ts';
import { topologySchema } from '../../src/contract/topology-schema.ts';
import { formatAddress } from '../../src/core/identity.ts';
import { engines } from '../../src/engines/registry.ts';
import { Child } from '../../test/kit/child.ts';
import { until } from '../../test/kit/deadline.ts';
import { freePort } from '../../test/kit/ports.ts';
import type { RedisServer } from '../../test/kit/redis/redis-server.ts';

/** As they stand in the configuration file. */
export type RedisEngine = 'redis' | 'redis-cluster';

export interface RedisControlOptions {
  /** Gets a folder of the controller's own. */
  readonly folder: string;
  readonly engine: RedisEngine;
  readonly servers: readonly RedisServer[];
  /** More keys of the cluster in the configuration file: `failover` and so on. */
  readonly keys?: object;
}

/** The cluster's name. */
export const CLUSTER = 'orders';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HOST = '127.0.0.1';
const READY = { deadlineMs: 20_000, everyMs: 25 };
const SEEN = { deadlineMs: 20_000, everyMs: 50 };

/** Why there is nothing of Dauphin's to be measured; undefined when there is. */
export function engineMissing(engine: RedisEngine): string | undefined {
  if (Object.hasOwn(engines, engine)) return undefined;
  return `Dauphin has no engine ${engine} yet: measure the others with --side peer or --side floor`;
}

export class RedisControl implements AsyncDisposable {
  readonly client: ApiClient;
  readonly #child: Child;

  private constructor(client: ApiClient, child: Child) {
    this.client = client;
    this.#child = child;
  }

  /** Returns when it answers and has seen every server. */
  static async start(options: RedisControlOptions): Promise<RedisControl> {
    const missing = engineMissing(options.engine);
    if (missing !== undefined) throw new Error(missing);
    const folder = `${options.folder}/controller`;
    const configurationFile = `${folder}/dauphin.yaml`;
    const port = await freePort(HOST);
    await mkdir(folder, { recursive: true });
    await writeFile(configurationFile, stringify(configuration(options, folder, port)), { mode: 0o600 });
    const child = await Child.start({
      name: 'controller',
      command: process.execPath,
      args: [MAIN, 'serve', '--config', configurationFile],
      logFile: `${folder}/controller.log`,
    });
    try {
      const url = `http://${HOST}:${port}`;
      const token = await tokenOf(child, url, `${folder}/data/token`);
      const control = new RedisControl(new ApiClient({ url, token }), child);
      await control.#awaitSeen(options.servers.length);
      return control;
    } catch (thrown) {
      await child[Symbol.asyncDispose]();
      throw new Error(`${String(thrown)}\n${await child.logTail()}`, { cause: thrown });
    }
  }

  logTail(lines: number): Promise<string> {
    return this.#child.logTail(lines);
  }

  #awaitSeen(count: number): Promise<boolean> {
    return until(`every server of ${CLUSTER} to be seen`, SEEN, async () => {
      const { nodes } = await this.client.get(`/v1/clusters/${CLUSTER}/topology`, topologySchema);
      return nodes.length === count && nodes.every((node) => node.reachable);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}

function configuration(
  { engine, servers, keys = {} }: RedisControlOptions,
  folder: string,
  port: number,
): object {
  return {
    listen: { host: HOST, port },
    dataDir: `${folder}/data`,
    clusters: [
      {
        name: CLUSTER,
        engine,
        servers: servers.map(({ name, address }) => ({ name, address: formatAddress(address) })),
        ...keys,
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
