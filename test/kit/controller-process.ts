/** The real controller as a process of its own: configured by a file, asked over its API. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { ApiClient } from '../../src/cli/api-client.ts';
import { topologySchema } from '../../src/contract/topology-schema.ts';
import { formatAddress } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { RouteSettings } from '../../src/core/policy.ts';
import type { Topology } from '../../src/core/topology.ts';
import { dauphin, repl } from './accounts.ts';
import { Child, type ChildExit } from './child.ts';
import type { Cluster } from './cluster.ts';
import { until } from './deadline.ts';
import { freePort } from './ports.ts';

export interface ControlledCluster {
  readonly name: string;
  readonly cluster: Cluster;
  readonly routes?: readonly RouteSettings[];
  /** More keys of the cluster, as they stand in the configuration file: `failover`, `detection`, … */
  readonly keys?: object;
  /** More keys of its servers, by their names: `agent`, `address` where it is not the server's own, … */
  readonly serverKeys?: Readonly<Record<string, object>>;
}

export interface ControllerProcessOptions {
  /** Gets the configuration, the log and, in `data/`, the store and the token. Made when it is not there. */
  readonly folder: string;
  readonly clusters: readonly ControlledCluster[];
  /** More keys at the top of the configuration file: `recovery`, `poll`, … */
  readonly keys?: object;
  /** The program and how Node runs it. Default: the sources as they are. */
  readonly program?: readonly string[];
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HOST = '127.0.0.1';
const READY_MS = 20_000;
const SEEN_MS = 20_000;

export class ControllerProcess implements AsyncDisposable {
  readonly url: string;
  readonly configurationFile: string;
  readonly tokenFile: string;
  readonly logFile: string;
  readonly client: ApiClient;
  readonly #child: Child;

  private constructor(paths: Paths, url: string, token: string, child: Child) {
    this.url = url;
    this.configurationFile = paths.configurationFile;
    this.tokenFile = paths.tokenFile;
    this.logFile = paths.logFile;
    this.client = new ApiClient({ url, token });
    this.#child = child;
  }

  /** Returns when it answers and every server of every cluster has been seen. */
  static async start(options: ControllerProcessOptions): Promise<ControllerProcess> {
    const paths = pathsIn(options.folder);
    const port = await freePort(HOST);
    await mkdir(options.folder, { recursive: true });
    await writeFile(paths.configurationFile, stringify(configuration(options, paths, port)), { mode: 0o600 });
    const child = await Child.start({
      name: 'controller',
      command: process.execPath,
      args: [...(options.program ?? [MAIN]), 'serve', '--config', paths.configurationFile],
      logFile: paths.logFile,
    });
    try {
      const url = `http://${HOST}:${port}`;
      const token = await awaitAnswer(child, url, paths.tokenFile);
      const controller = new ControllerProcess(paths, url, token, child);
      for (const { name, cluster } of options.clusters) await controller.#awaitSeen(name, cluster);
      return controller;
    } catch (thrown) {
      await child[Symbol.asyncDispose]();
      throw new Error(`${String(thrown)}\n${await child.logTail()}`, { cause: thrown });
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  get exit(): ChildExit | undefined {
    return this.#child.exit;
  }

  topology(cluster: string): Promise<Topology> {
    return this.client.get(`/v1/clusters/${encodeURIComponent(cluster)}/topology`, topologySchema);
  }

  /** Asks it to end, as an operator's service manager does. */
  stop(): Promise<ChildExit> {
    return this.#child.stop();
  }

  async #awaitSeen(name: string, cluster: Cluster): Promise<void> {
    await until(`every server of ${name} to be seen`, { deadlineMs: SEEN_MS, everyMs: 50 }, async () => {
      const { nodes } = await this.topology(name);
      return nodes.length === cluster.servers.length && nodes.every((node) => node.reachable);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}

interface Paths {
  readonly configurationFile: string;
  readonly data: string;
  readonly tokenFile: string;
  readonly logFile: string;
}

function pathsIn(folder: string): Paths {
  const data = `${folder}/data`;
  return {
    configurationFile: `${folder}/dauphin.yaml`,
    data,
    tokenFile: `${data}/token`,
    logFile: `${folder}/controller.log`,
  };
}

function configuration(
  { clusters, keys: top = {} }: ControllerProcessOptions,
  { data }: Paths,
  port: number,
): object {
  const engines = new Set<SqlEngineKind>(clusters.map(({ cluster }) => cluster.engine));
  return {
    listen: { host: HOST, port },
    dataDir: data,
    ...top,
    credentials: {
      admin: { user: dauphin.user, password: dauphin.password },
      replication: { user: repl.user, password: repl.password },
      // MySQL takes passwords over TCP only within TLS; its certificate is one it made for itself.
      ...(engines.has('mysql') ? { tls: { verifyServer: false } } : {}),
    },
    // Without seeds it begins with the servers that are named.
    clusters: clusters.map(({ name, cluster, routes = [], keys = {}, serverKeys = {} }) => ({
      name,
      engine: cluster.engine,
      servers: cluster.servers.map((server) => ({
        name: server.name,
        address: formatAddress(server.address),
        ...serverKeys[server.name],
      })),
      ...(routes.length === 0 ? {} : { routes }),
      ...keys,
    })),
  };
}

/** Gives the token, which is made at the first start. */
function awaitAnswer(child: Child, url: string, tokenFile: string): Promise<string> {
  return until('the controller to answer', { deadlineMs: READY_MS, everyMs: 25 }, async () => {
    if (child.exit !== undefined) throw new Error('the controller ended while it was starting');
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok !== true) return undefined;
    return (await readFile(tokenFile, 'utf8')).trim();
  });
}

export function startControllerProcess(options: ControllerProcessOptions): Promise<ControllerProcess> {
  return ControllerProcess.start(options);
}
