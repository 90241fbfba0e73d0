/** Around a link under test: a cluster, links to its servers, and the clients that come in between. */
import type { Engine, EngineContext, ServerLink } from '../../../src/core/engine.ts';
import type { SqlEngineKind } from '../../../src/core/observation.ts';
import { engines } from '../../../src/engines/registry.ts';
import { app, dauphin, repl } from '../../kit/accounts.ts';
import { type Cluster, startCluster } from '../../kit/cluster.ts';
import type { DatabaseServer } from '../../kit/database-server.ts';
import { linkContext } from '../../kit/link-context.ts';
import { type SqlAccount, SqlClient, serverErrorNumber } from '../../kit/sql.ts';

export interface SceneOptions {
  readonly replicas?: number;
  readonly serverArgs?: readonly string[];
}

/** What every wait here may take at most before it counts as hanging. */
const ANSWER_MS = 10_000;

export class LinkScene implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly engine: Engine;
  readonly #links: ServerLink[] = [];
  readonly #clients: SqlClient[] = [];

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.engine = engines[cluster.engine];
  }

  static async start(
    engine: SqlEngineKind,
    { replicas = 0, serverArgs = [] }: SceneOptions = {},
  ): Promise<LinkScene> {
    return new LinkScene(await startCluster({ engine, replicas, serverArgs }));
  }

  get isMariadb(): boolean {
    return this.cluster.engine === 'mariadb';
  }

  server(name: string): DatabaseServer {
    return this.cluster.server(name);
  }

  /** A new link each time, with no connection yet. */
  link(name: string, context: Partial<EngineContext> = {}): ServerLink {
    const settings = linkContext(this.cluster.engine, { replication: repl, ...context });
    const link = this.engine.link(this.server(name).address, settings);
    this.#links.push(link);
    return link;
  }

  async client(name: string, account: SqlAccount = app): Promise<SqlClient> {
    const { address, engine } = this.server(name);
    const client = await SqlClient.open({ engine, address, account }, ANSWER_MS);
    this.#clients.push(client);
    return client;
  }

  /** 0 when the write was acknowledged, else the number of the server's error. */
  async write(name: string, account: SqlAccount, id: string): Promise<number> {
    const client = await this.client(name, account);
    try {
      await client.query(insert(id));
      return 0;
    } catch (thrown) {
      const number = serverErrorNumber(thrown);
      if (number === 0) throw thrown;
      return number;
    } finally {
      client.close();
    }
  }

  async has(name: string, id: string): Promise<boolean> {
    const client = await this.client(name, dauphin);
    try {
      return (await client.query(`select 1 from app.writes where id = '${id}'`)).length > 0;
    } finally {
      client.close();
    }
  }

  /** Clients and links; the servers stay. */
  async clear(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    await Promise.all(this.#links.splice(0).map((link) => link.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear();
    await this.cluster[Symbol.asyncDispose]();
  }
}

export const insert = (id: string): string => `insert into app.writes (id, at) values ('${id}', now(6))`;

/** What a promise failed with, and after how long; code `none` when it did not. */
export async function failure(
  work: Promise<unknown>,
): Promise<{ readonly code: string; readonly message: string; readonly ms: number }> {
  const began = performance.now();
  try {
    await work;
  } catch (thrown) {
    const code =
      thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'none';
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { code, message, ms: performance.now() - began };
  }
  return { code: 'none', message: 'it succeeded', ms: performance.now() - began };
}
