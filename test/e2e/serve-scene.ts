/** The real program around a real cluster: the controller as a process, the command line as another. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { findingListSchema, journalSchema, operationListSchema } from '../../src/contract/answer-schema.ts';
import { operationSchema } from '../../src/contract/operation-schema.ts';
import { topologySchema } from '../../src/contract/topology-schema.ts';
import type { Finding } from '../../src/core/finding.ts';
import { formatAddress } from '../../src/core/identity.ts';
import type { JournalEntry, Operation } from '../../src/core/operation.ts';
import type { Topology } from '../../src/core/topology.ts';
import { dauphin, repl } from '../kit/accounts.ts';
import { Child } from '../kit/child.ts';
import type { Cluster } from '../kit/cluster.ts';
import { until } from '../kit/deadline.ts';
import type { Haproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/ports.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HOST = '127.0.0.1';
const READY = { deadlineMs: 20_000, everyMs: 50 };
const CLI_MS = 60_000;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `dauphin …` as a process of its own, with nothing of this one's environment but the path. */
export function runDauphin(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const options = {
    env: { PATH: process.env.PATH, ...env },
    timeout: CLI_MS,
    ...(cwd === undefined ? {} : { cwd }),
  };
  execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
    const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
    resolve({ code, stdout, stderr });
  });
  return promise;
}

export interface ServeOptions {
  readonly cluster: Cluster;
  readonly haproxy?: Haproxy;
  /** Merged into the one cluster of the configuration. */
  readonly clusterKeys?: object;
  /** Shared by controllers that are to be rivals or successors; default: one of its own. */
  readonly dataDir?: string;
}

export class Served implements AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly port: number;
  readonly dataDir: string;
  readonly tokenFile: string;
  readonly child: Child;

  constructor(
    place: { readonly port: number; readonly dataDir: string; readonly token: string },
    child: Child,
  ) {
    this.url = `http://${HOST}:${place.port}`;
    this.port = place.port;
    this.token = place.token;
    this.dataDir = place.dataDir;
    this.tokenFile = `${place.dataDir}/token`;
    this.child = child;
  }

  cli(...args: readonly string[]): Promise<Ran> {
    return runDauphin(args, { DAUPHIN_URL: this.url, DAUPHIN_TOKEN_FILE: this.tokenFile });
  }

  http(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${this.token}`);
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(20_000), ...init, headers });
  }

  post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.http(path, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json' },
      ...init,
    });
  }

  async begin(to: string): Promise<Operation> {
    const response = await this.post('/v1/clusters/orders/switchover', { to });
    if (response.status !== 202) throw new Error(`switchover: ${response.status} ${await response.text()}`);
    return operationSchema.parse(await response.json());
  }

  async topology(): Promise<Topology> {
    return topologySchema.parse(await (await this.http('/v1/clusters/orders/topology')).json());
  }

  async findings(): Promise<readonly Finding[]> {
    return findingListSchema.parse(await (await this.http('/v1/findings?cluster=orders')).json()).findings;
  }

  async operation(id: string): Promise<Operation> {
    return operationSchema.parse(await (await this.http(`/v1/operations/${id}`)).json());
  }

  async operations(): Promise<readonly Operation[]> {
    return operationListSchema.parse(await (await this.http('/v1/operations')).json()).operations;
  }

  async journal(id: string): Promise<readonly JournalEntry[]> {
    return journalSchema.parse(await (await this.http(`/v1/operations/${id}/journal`)).json()).journal;
  }

  ended(id: string, deadlineMs = 30_000): Promise<Operation> {
    return until(`operation ${id} to end`, { deadlineMs, everyMs: 25 }, async () => {
      const operation = await this.operation(id);
      return operation.status !== 'running' && operation;
    });
  }

  /** Until the journal has this line. */
  async reaches(id: string, event: JournalEntry['what']['event'], step: string): Promise<void> {
    await until(`${event} ${step}`, { deadlineMs: 15_000, everyMs: 10 }, async () =>
      (await this.journal(id)).some(
        ({ what }) => what.event === event && 'step' in what && what.step === step,
      ),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.child[Symbol.asyncDispose]();
  }
}

export function configurationFor(
  { cluster, haproxy, clusterKeys = {} }: ServeOptions,
  dataDir: string,
  port: number,
): object {
  const route = haproxy && {
    name: 'rw',
    socket: haproxy.socket,
    backend: haproxy.name,
    server: haproxy.slot,
    frontend: haproxy.name,
  };
  return {
    listen: { port },
    dataDir,
    credentials: { admin: { ...dauphin }, replication: { ...repl } },
    clusters: [
      {
        name: 'orders',
        engine: cluster.engine,
        seeds: [formatAddress(cluster.primary.address)],
        servers: cluster.servers.map(({ name, address }) => ({ name, address: formatAddress(address) })),
        ...(route ? { routes: [route] } : {}),
        ...clusterKeys,
      },
    ],
  };
}

/** Returns when it answers and has seen every server that runs. */
export async function serve(options: ServeOptions): Promise<Served> {
  const port = await freePort(HOST);
  const home = `${options.cluster.folder}/serve-${port}`;
  const dataDir = options.dataDir ?? `${home}/data`;
  await mkdir(home, { recursive: true });
  const file = `${home}/dauphin.yaml`;
  await writeFile(file, stringify(configurationFor(options, dataDir, port)), { mode: 0o600 });
  const child = await Child.start({
    name: 'controller',
    command: process.execPath,
    args: [MAIN, 'serve', '--config', file],
    logFile: `${home}/controller.log`,
    env: { PATH: process.env.PATH },
  });
  try {
    const token = await until('the controller to answer', READY, async () => {
      if (child.exit !== undefined) throw new Error('the controller ended while it was starting');
      const answer = await fetch(`http://${HOST}:${port}/healthz`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true && (await readFile(`${dataDir}/token`, 'utf8')).trim();
    });
    const served = new Served({ port, dataDir, token }, child);
    const running = options.cluster.servers.filter((server) => server.running).length;
    await until('the servers to be seen', READY, async () => {
      const { nodes } = await served.topology();
      return nodes.filter(({ reachable }) => reachable).length >= running;
    });
    return served;
  } catch (thrown) {
    await child[Symbol.asyncDispose]();
    throw new Error(`${String(thrown)}\n${await child.logTail()}`, { cause: thrown });
  }
}

/** Whoever is the primary now, it is db1 afterwards. */
export async function home(served: Served): Promise<void> {
  const primary = (await served.topology()).nodes.find(({ role }) => role === 'primary')?.name;
  if (primary === 'db1') return;
  const { status, outcome } = await served.ended((await served.begin('db1')).id);
  if (status !== 'succeeded') throw new Error(`back to db1: ${status}: ${outcome?.summary}`);
}
