/** Real MariaDB servers, small and quick to start. */
import { writeFile } from 'node:fs/promises';
import { accountStatements } from './accounts.ts';
import type { DatabaseServer, StartServerOptions } from './database-server.ts';
import { freePort } from './ports.ts';
import { prepareFolder } from './prepare-folder.ts';
import { runProgram } from './run-program.ts';
import { ServerProcess } from './server-process.ts';
import type { ServerUser } from './server-user.ts';
import { templateFolder } from './template.ts';

const MARIADBD = '/usr/sbin/mariadbd';
const LOG_FILE_SIZE = '--innodb-log-file-size=4M';

/** Enough for the tests and the demo, at about 35 MB a server. */
const SMALL = [
  '--innodb-buffer-pool-size=32M',
  LOG_FILE_SIZE,
  '--innodb-log-buffer-size=2M',
  '--key-buffer-size=1M',
  '--aria-pagecache-buffer-size=1M',
  '--max-connections=200',
  '--performance-schema=OFF',
  '--thread-cache-size=8',
  '--query-cache-size=0',
  '--skip-name-resolve',
];

const REPLICATION = [
  '--log-bin=bin',
  '--relay-log=relay',
  '--binlog-format=ROW',
  '--log-slave-updates=ON',
  '--gtid-strict-mode=ON',
  '--slave-net-timeout=10',
];

export async function startMariadb(options: StartServerOptions): Promise<DatabaseServer> {
  const version = await mariadbVersion();
  const template = await templateFolder({
    engine: 'mariadb',
    version,
    ingredients: [LOG_FILE_SIZE, ...accountStatements('mariadb')],
    make: makeTemplate,
  });
  const place = await prepareFolder(options, template);
  const port = options.port ?? (await freePort(options.host));
  return ServerProcess.start({
    name: options.name,
    engine: 'mariadb',
    version,
    address: { host: options.host, port },
    serverId: options.serverId,
    ...place,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    command: MARIADBD,
    args: [
      '--no-defaults',
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

async function mariadbVersion(): Promise<string> {
  const words = await runProgram(MARIADBD, ['--no-defaults', '--version'], { deadlineMs: 10_000 });
  return /Ver (\d+\.\d+\.\d+)/.exec(words)?.[1] ?? 'unknown';
}

/** The accounts come in by bootstrap mode, which logs nothing: a copy begins without a history. */
async function makeTemplate(data: string, part: string, user: ServerUser): Promise<void> {
  const asUser = user.switchTo === undefined ? user.args : [];
  await runProgram(
    'mariadb-install-db',
    [
      '--no-defaults',
      ...asUser,
      `--datadir=${data}`,
      // In a shared one, the servers of two templates made at once delete each other's temporary tables.
      `--tmpdir=${part}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      LOG_FILE_SIZE,
    ],
    { deadlineMs: 60_000, as: user, cwd: part },
  );
  const statements = `${part}/accounts.sql`;
  await writeFile(statements, `${accountStatements('mariadb').join('\n')}\n`);
  await runProgram(
    'sh',
    [
      '-c',
      'exec "$0" "$@" <accounts.sql',
      MARIADBD,
      '--no-defaults',
      ...asUser,
      '--bootstrap',
      `--datadir=${data}`,
      `--tmpdir=${part}`,
      LOG_FILE_SIZE,
    ],
    { deadlineMs: 60_000, as: user, cwd: part },
  );
}
