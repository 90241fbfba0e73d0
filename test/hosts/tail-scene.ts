/** A primary whose replica's receiver is stopped: what is written then is on the primary's disk alone. */
import { execFile } from 'node:child_process';
import { readFile, truncate } from 'node:fs/promises';
import type { Tail } from '../../src/core/host.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { Position } from '../../src/core/positions.ts';
import { position } from '../../src/core/positions.ts';
import { engines } from '../../src/engines/registry.ts';
import { dauphin } from '../kit/accounts.ts';
import { type AgentProcess, startAgent } from '../kit/agent.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { MYSQL_CLIENT } from '../kit/mysql.ts';

const words = {
  mariadb: {
    stop: 'STOP SLAVE IO_THREAD',
    stopAll: 'STOP SLAVE',
    position: '@@GLOBAL.gtid_binlog_pos',
    client: 'mariadb',
  },
  mysql: {
    stop: 'STOP REPLICA IO_THREAD',
    stopAll: 'STOP REPLICA',
    position: '@@GLOBAL.gtid_executed',
    client: MYSQL_CLIENT,
  },
} as const satisfies Record<SqlEngineKind, object>;

export class TailScene implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly host: AgentProcess;
  readonly replica: DatabaseServer;

  private constructor(cluster: Cluster, host: AgentProcess) {
    this.cluster = cluster;
    this.host = host;
    this.replica = cluster.server('db2');
  }

  static async start(
    engine: SqlEngineKind,
    options: { readonly firstHost: number; readonly serverArgs?: readonly string[] },
  ): Promise<TailScene> {
    await using resources = new AsyncDisposableStack();
    const cluster = resources.use(await startCluster({ engine, replicas: 1, ...options }));
    const host = resources.use(await startAgent(cluster.primary));
    const scene = new TailScene(cluster, host);
    await cluster.primary.query(
      'CREATE TABLE app.t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(200), b VARBINARY(40)) ENGINE=InnoDB',
    );
    await scene.insert('before', 3);
    await cluster.caughtUp();
    resources.move();
    return scene;
  }

  get primary(): DatabaseServer {
    return this.cluster.primary;
  }

  get words() {
    return words[this.cluster.engine];
  }

  get positions() {
    return engines[this.cluster.engine].positions;
  }

  /** One transaction a row, with what text formats like to lose. */
  async insert(what: string, count: number, server = this.primary): Promise<void> {
    for (let at = 0; at < count; at += 1) {
      await server.query(
        `INSERT INTO app.t (v, b) VALUES ('${what} ${at} ä€;''/*!*/;', UNHEX('00FF0A0D275C1A80'))`,
      );
    }
  }

  async stopReceiving(): Promise<Position> {
    await this.replica.query(this.words.stop);
    return this.positionOf(this.replica);
  }

  async positionOf(server: DatabaseServer): Promise<Position> {
    const [row] = await server.query(`SELECT ${this.words.position} AS position`);
    const read = this.positions.parse((row?.position ?? '').replaceAll('\n', ''));
    return read ?? position('');
  }

  /** Every row of the table, for comparing servers. */
  rowsOf(server: DatabaseServer) {
    return server.query('SELECT id, v, HEX(b) AS b FROM app.t ORDER BY id');
  }

  /** Replays a tail on the replica with the engine's own client. */
  async replay(tail: Tail): Promise<void> {
    await this.replica.query(`${this.words.stopAll}; SET GLOBAL read_only = 0`);
    let text = '';
    for await (const chunk of tail.statements) text += chunk;
    await runClient(this.words.client, this.replica, text);
  }

  logFile(number: number): string {
    return `${this.primary.folder}/data/bin.${String(number).padStart(6, '0')}`;
  }

  async cutLog(number: number, bytes: number): Promise<void> {
    const size = (await readFile(this.logFile(number))).length;
    await truncate(this.logFile(number), size - bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}

function runClient(client: string, server: DatabaseServer, text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const args = [
    '--no-defaults',
    '--binary-mode',
    `--socket=${server.socket}`,
    `-u${dauphin.user}`,
    `-p${dauphin.password}`,
  ];
  const child = execFile(client, args, { timeout: 20_000 }, (error, _out, told) => {
    if (error === null) resolve();
    else reject(new Error(`${client}: ${told}`));
  });
  child.stdin?.end(Buffer.from(text, 'latin1'));
  return promise;
}
