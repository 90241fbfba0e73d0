/** What is done to the servers before anything is asked of the controller. */
import { rename } from 'node:fs/promises';
import { app, boss } from '../kit/accounts.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { until } from '../kit/deadline.ts';
import { makeReadOnly, startReplicating, stopReplicating } from '../kit/replication.ts';
import { quote, type SqlAccount, SqlClient } from '../kit/sql.ts';
import type { Step } from './scenario.ts';
import type { Stage } from './stage.ts';
import { TABLE } from './table.ts';

const BULK_MS = 60_000;
/** Rows in one packet. */
const AT_ONCE = 500;
const DELAY_SECONDS = 1;

type Of<V extends Step['verb']> = Extract<Step, { verb: V }>;

export async function takeStep(step: Step, stage: Stage): Promise<void> {
  switch (step.verb) {
    case 'insert':
      return insert(step, stage);
    case 'update':
      await stage.server(stage.primary).query(`update ${TABLE} set value = value + 1`, BULK_MS);
      return stage.settle();
    case 'break-applying':
      return unlogged(stage.server(step.on), `insert into ${TABLE} values (${step.id}, 0, 'stray')`);
    case 'mend-applying':
      return unlogged(stage.server(step.on), `delete from ${TABLE} where id = ${step.id}`);
    case 'errant-write':
      return errantWrite(step, stage.server(step.on));
    case 'stop-server':
    case 'kill-server':
    case 'start-server':
    case 'filter-logging':
      return toProcess(step.verb, stage.server(step.on), stage);
    case 'hide-log':
      return moveLogs(stage.server(step.on), 'bin.0', 'hidden.0');
    case 'show-log':
      return moveLogs(stage.server(step.on), 'hidden.0', 'bin.0');
    default:
      return simple(step.verb, stage.server(step.on), stage);
  }
}

async function insert({ rows, batch, text, on }: Of<'insert'>, stage: Stage): Promise<void> {
  const size = batch === 'all' ? rows : batch === 'one' ? 1 : batch;
  const value = quote(text);
  const transactions = Array.from({ length: Math.ceil(rows / size) }, (_, at) => {
    const first = stage.nextId + at * size;
    const count = Math.min(size, rows - at * size);
    const values = Array.from({ length: count }, (_row, row) => `(${first + row}, ${row}, ${value})`);
    const inserts = chunks(values, AT_ONCE).map((part) => `insert into ${TABLE} values ${part.join()}`);
    return inserts.length === 1 ? inserts[0] : `begin; ${inserts.join('; ')}; commit`;
  });
  const server = stage.server(on ?? stage.primary);
  for (const part of chunks(transactions, AT_ONCE)) await server.query(part.join('; '), BULK_MS);
  stage.nextId += rows;
  await stage.settle();
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}

async function unlogged(server: DatabaseServer, sql: string): Promise<void> {
  await inSpiteOfReadOnly(server, `set sql_log_bin=0; ${sql}; set sql_log_bin=1`);
}

/** MariaDB's read_only does not stop the kit's account; MySQL's super_read_only stops everybody. */
async function inSpiteOfReadOnly(server: DatabaseServer, sql: string): Promise<void> {
  const [off, on] =
    server.engine === 'mysql'
      ? ['set global super_read_only=0; ', '; set global super_read_only=1']
      : ['', ''];
  await server.query(`${off}${sql}${on}`);
}

/** In tables of their own, so that no applier stops at them. */
async function errantWrite({ count }: Of<'errant-write'>, server: DatabaseServer): Promise<void> {
  for (let at = 0; at < count; at += 1)
    await inSpiteOfReadOnly(server, `create table app.stray_${server.name}_${at} (id int)`);
}

async function toProcess(
  verb: 'stop-server' | 'kill-server' | 'start-server' | 'filter-logging',
  server: DatabaseServer,
  stage: Stage,
): Promise<void> {
  switch (verb) {
    case 'stop-server':
      return server.stop();
    case 'kill-server':
      return server.kill();
    case 'start-server':
    case 'filter-logging': {
      const writable = server.running && !(await isReadOnly(server));
      await server.restart([
        ...(writable ? [] : ['--read-only=ON']),
        ...(verb === 'filter-logging' ? ['--binlog-ignore-db=junk'] : []),
      ]);
      return stage.settle();
    }
    default:
      return verb satisfies never;
  }
}

async function isReadOnly(server: DatabaseServer): Promise<boolean> {
  const [row] = await server.query('select @@global.read_only as ro');
  return row?.ro !== '0';
}

async function moveLogs(server: DatabaseServer, from: string, to: string): Promise<void> {
  const data = `${server.folder}/data`;
  // The first is enough: whoever reads on from a position must look through the files.
  for (let number = 1; number < 9; number += 1) {
    await rename(`${data}/${from}0000${number}`, `${data}/${to}0000${number}`).catch(() => undefined);
  }
}

async function simple(
  verb: Exclude<
    Step['verb'],
    | 'insert'
    | 'update'
    | 'break-applying'
    | 'mend-applying'
    | 'errant-write'
    | 'stop-server'
    | 'kill-server'
    | 'start-server'
    | 'filter-logging'
    | 'hide-log'
    | 'show-log'
  >,
  server: DatabaseServer,
  stage: Stage,
): Promise<void> {
  const mariadb = server.engine === 'mariadb';
  const replica = mariadb ? 'slave' : 'replica';
  const restarted = (change: string): string => `stop ${replica}; ${change}; start ${replica}`;
  const changeSource = (key: string, value: string): string =>
    mariadb
      ? `change master to master_${key}=${value}`
      : `change replication source to source_${key}=${value}`;
  switch (verb) {
    case 'stop-receiving':
      return stopReplicating(server, 'receiver');
    case 'start-receiving':
      await startReplicating(server, 'receiver');
      return stage.settle();
    case 'stop-applying':
      return stopReplicating(server, 'applier');
    case 'start-applying':
      await startReplicating(server, 'applier');
      return stage.settle();
    case 'forget-source':
      await server.query(`stop ${replica}; reset ${replica} all`);
      return;
    case 'rotate-log':
      await server.query('flush binary logs');
      return stage.settle();
    case 'rotate-relay-log':
      await server.query('flush relay logs');
      return;
    case 'purge-history':
      return purgeHistory(server);
    case 'filter-receiving':
      await server.query(
        mariadb
          ? restarted("set global replicate_ignore_db='junk'")
          : restarted('change replication filter replicate_ignore_db=(junk)'),
      );
      return stage.settle();
    case 'delay':
      await server.query(restarted(changeSource('delay', String(DELAY_SECONDS))));
      return stage.settle();
    case 'make-writable':
      await server.query('set global read_only=0');
      return;
    case 'make-read-only':
      return makeReadOnly(server);
    case 'long-query': {
      const client = await sessionOf(server, boss);
      stage.keep(client);
      void client.query(`select sleep(60) from ${TABLE}`, 60_000).catch(() => []);
      return;
    }
    case 'hold-lock': {
      const client = await sessionOf(server, app);
      stage.keep(client);
      await client.query(`begin; select * from ${TABLE} for update`);
      return;
    }
    default:
      return verb satisfies never;
  }
}

function sessionOf({ engine, address }: DatabaseServer, account: SqlAccount): Promise<SqlClient> {
  return SqlClient.open({ engine, address, account }, 5000);
}

/** MariaDB keeps a file for as long as InnoDB might need it after a crash, and says so with a warning alone. */
async function purgeHistory(server: DatabaseServer): Promise<void> {
  await server.query('flush binary logs');
  await until('the log to be purged', { deadlineMs: 10_000 }, async () => {
    const logs = await server.query('show binary logs');
    if (logs.length === 1) return true;
    await server.query(`purge binary logs to ${quote(logs.at(-1)?.Log_name ?? '')}`);
    return false;
  });
}
