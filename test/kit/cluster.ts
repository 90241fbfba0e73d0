/** A primary and its replicas, replicating, with the table the writer writes to. */
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { DatabaseServer, StartServerOptions } from './database-server.ts';
import { createWorkFolder } from './folder.ts';
import { startMariadb } from './mariadb.ts';
import { startMysql } from './mysql.ts';
import { loopbackHost } from './ports.ts';
import { awaitCaughtUp, follow, makeReadOnly } from './replication.ts';
import { createWritesTable } from './writes-table.ts';

/**
 * `star`: all follow the first. `chain`: each follows the one before it. `co-primary`: the first two follow each
 * other, the second being read-only; the others follow the first.
 */
export type ClusterShape = 'star' | 'chain' | 'co-primary';

export interface ClusterOptions {
  readonly engine: SqlEngineKind;
  readonly replicas: number;
  readonly shape?: ClusterShape;
  readonly durable?: boolean;
  readonly serverArgs?: readonly string[];
  /** Default: `db1`, `db2` and so on; the first is the primary. */
  readonly names?: readonly string[];
  /** An existing folder for their data; default: one of the cluster's own that goes with it. */
  readonly folder?: string;
  /** The first server's host is `loopbackHost(firstHost)`. Default 1: 127.0.0.11. */
  readonly firstHost?: number;
}

const CATCH_UP_MS = 15_000;

export class Cluster implements AsyncDisposable {
  readonly engine: SqlEngineKind;
  readonly folder: string;
  readonly servers: readonly DatabaseServer[];
  /** The primary at the beginning; the kit does not follow what becomes of it. */
  readonly primary: DatabaseServer;
  readonly #resources: AsyncDisposableStack;

  constructor(
    folder: string,
    servers: readonly DatabaseServer[],
    primary: DatabaseServer,
    resources: AsyncDisposableStack,
  ) {
    this.engine = primary.engine;
    this.folder = folder;
    this.servers = servers;
    this.primary = primary;
    this.#resources = resources;
  }

  server(name: string): DatabaseServer {
    const found = this.servers.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`no server ${name} in this cluster`);
    return found;
  }

  /** Every running server has all that `source` has now. */
  caughtUp(source: DatabaseServer = this.primary, deadlineMs = CATCH_UP_MS): Promise<void> {
    return awaitCaughtUp(this.servers, source, deadlineMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  await using resources = new AsyncDisposableStack();
  const folder = options.folder ?? resources.use(await createWorkFolder(options.engine)).path;
  const starts = await Promise.allSettled(
    Array.from({ length: options.replicas + 1 }, (_, index) => start(options, index, folder)),
  );
  const servers = starts.flatMap((result) =>
    result.status === 'fulfilled' ? [resources.use(result.value)] : [],
  );
  const failed = starts.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const primary = await connect(servers, options.shape ?? 'star');
  await createWritesTable(primary);
  await awaitCaughtUp(servers, primary, CATCH_UP_MS);
  // Until here a failure takes everything down; from here on the cluster owns it.
  return new Cluster(folder, servers, primary, resources.move());
}

function start(options: ClusterOptions, index: number, folder: string): Promise<DatabaseServer> {
  const each: StartServerOptions = {
    folder,
    name: options.names?.[index] ?? `db${index + 1}`,
    host: loopbackHost((options.firstHost ?? 1) + index),
    serverId: index + 1,
    ...(options.durable === undefined ? {} : { durable: options.durable }),
    ...(options.serverArgs === undefined ? {} : { args: options.serverArgs }),
  };
  switch (options.engine) {
    case 'mariadb':
      return startMariadb(each);
    case 'mysql':
      return startMysql(each);
  }
}

/** Gives the primary. */
async function connect(servers: readonly DatabaseServer[], shape: ClusterShape): Promise<DatabaseServer> {
  const [first, second] = servers;
  if (first === undefined) throw new RangeError('a cluster has a server');
  for (const [index, replica] of servers.entries()) {
    const source = shape === 'chain' ? servers[index - 1] : first;
    if (index === 0 || source === undefined) continue;
    await makeReadOnly(replica);
    await follow(replica, source);
  }
  if (shape === 'co-primary' && second !== undefined) await follow(first, second);
  return first;
}
