/** Real MySQL servers, from the packages that scripts/prepare/engine-roots.mjs unpacks beside the system. */
import { rm, writeFile } from 'node:fs/promises';
import { accountStatements } from './accounts.ts';
import type { DatabaseServer, StartServerOptions } from './database-server.ts';
import { engineRoot } from './engine-root.ts';
import { freePort } from './ports.ts';
import { prepareFolder } from './prepare-folder.ts';
import { runProgram } from './run-program.ts';
import { ServerProcess } from './server-process.ts';
import type { ServerUser } from './server-user.ts';
import { templateFolder } from './template.ts';

const UNPACKED = engineRoot('MySQL', 'mysql-9.7', 'mysql');
const ROOT = UNPACKED.folder;
/** MySQL's own log reader and client. */
export const MYSQLBINLOG = `${ROOT}/usr/bin/mysqlbinlog`;
export const MYSQL_CLIENT = `${ROOT}/usr/bin/mysql`;
export const MYSQLD = `${ROOT}/usr/sbin/mysqld`;
export const MYSQL_PLUGINS = `${ROOT}/usr/lib/mysql/plugin`;

const BASE = [
  '--no-defaults',
  `--basedir=${ROOT}/usr`,
  `--lc-messages-dir=${ROOT}/usr/share/mysql`,
  `--character-sets-dir=${ROOT}/usr/share/mysql/charsets`,
  `--plugin-dir=${ROOT}/usr/lib/mysql/plugin`,
  // The packaged default is a folder of the system, without which it does not start.
  '--secure-file-priv=NULL',
];

const REDO_SIZE = '--innodb-redo-log-capacity=8M';

/** The table of errors by account alone would take 60 MB of performance_schema, which replication's tables need. */
const SMALL = [
  '--innodb-buffer-pool-size=32M',
  REDO_SIZE,
  '--innodb-log-buffer-size=1M',
  '--max-connections=100',
  '--table-open-cache=100',
  '--table-definition-cache=400',
  '--thread-cache-size=4',
  '--temptable-max-ram=4M',
  '--key-buffer-size=1M',
  '--performance-schema-error-size=1',
  '--mysqlx=OFF',
  '--skip-name-resolve',
];

const REPLICATION = [
  '--log-bin=bin',
  '--relay-log=relay',
  '--gtid-mode=ON',
  '--enforce-gtid-consistency=ON',
  '--replica-net-timeout=10',
];

/** Why there is no MySQL on this machine; undefined when there is. */
export function mysqlUnavailable(): string | undefined {
  return UNPACKED.unavailable();
}

export async function startMysql(options: StartServerOptions): Promise<DatabaseServer> {
  const unavailable = mysqlUnavailable();
  if (unavailable !== undefined) throw new Error(unavailable);
  const version = await mysqlVersion();
  const template = await templateFolder({
    engine: 'mysql',
    version,
    ingredients: [REDO_SIZE, ...accountStatements('mysql')],
    make: makeTemplate,
  });
  const place = await prepareFolder(options, template);
  const port = options.port ?? (await freePort(options.host));
  return ServerProcess.start({
    name: options.name,
    engine: 'mysql',
    version,
    address: { host: options.host, port },
    serverId: options.serverId,
    ...place,
    command: options.program ?? MYSQLD,
    args: [
      ...BASE,
      ...place.args,
      `--bind-address=${options.host}`,
      `--port=${port}`,
      `--server-id=${options.serverId}`,
      `--report-host=${options.host}`,
      `--report-port=${port}`,
      ...SMALL,
      ...REPLICATION,
      ...(options.durable === true
        ? ['--innodb-flush-log-at-trx-commit=1', '--sync-binlog=1']
        : ['--innodb-flush-log-at-trx-commit=2', '--sync-binlog=0']),
      ...(options.args ?? []),
    ],
  });
}

async function mysqlVersion(): Promise<string> {
  const words = await runProgram(MYSQLD, ['--no-defaults', '--version'], { deadlineMs: 10_000 });
  return /Ver (\d+\.\d+\.\d+)/.exec(words)?.[1] ?? 'unknown';
}

/** Setting up logs nothing, so a copy begins without a history; its `auto.cnf` would make all copies one server. */
async function makeTemplate(data: string, part: string, user: ServerUser): Promise<void> {
  const statements = `${part}/accounts.sql`;
  await writeFile(statements, `${accountStatements('mysql').join('\n')}\n`);
  await runProgram(
    MYSQLD,
    [
      ...BASE,
      ...user.args,
      '--initialize-insecure',
      `--datadir=${data}`,
      `--init-file=${statements}`,
      `--log-error=${part}/error.log`,
      REDO_SIZE,
    ],
    { deadlineMs: 120_000, as: user, cwd: part },
  );
  await rm(`${data}/auto.cnf`, { force: true });
}
