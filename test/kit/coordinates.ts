/** Replicas of servers with GTIDs that tell their source a file and an offset, as many still do. */
import { repl } from './accounts.ts';
import type { Cluster } from './cluster.ts';
import type { DatabaseServer } from './database-server.ts';
import { startReplicating, stopReplicating } from './replication.ts';
import { quote, type SqlRow } from './sql.ts';

/** Every replica goes on where it is. */
export async function followByCoordinates({ servers, primary }: Cluster): Promise<void> {
  for (const replica of servers) if (replica !== primary) await goByCoordinates(replica);
}

async function goByCoordinates(replica: DatabaseServer): Promise<void> {
  await stopReplicating(replica);
  const row = await statusOf(replica);
  await goOnAt(replica, {
    file: row.Relay_Master_Log_File ?? row.Relay_Source_Log_File,
    offset: row.Exec_Master_Log_Pos ?? row.Exec_Source_Log_Pos,
  });
  await startReplicating(replica);
}

interface LogPlace {
  readonly file: string | null | undefined;
  readonly offset: string | null | undefined;
}

async function goOnAt(replica: DatabaseServer, { file, offset }: LogPlace): Promise<void> {
  const at = quote(file ?? '');
  const words =
    replica.engine === 'mariadb'
      ? `change master to master_use_gtid=no, master_log_file=${at}, master_log_pos=${offset}`
      : `change replication source to source_auto_position=0, source_log_file=${at}, source_log_pos=${offset}`;
  await replica.query(words);
}

/** By hand, with nothing of it on record: it forgets its source and takes writes. */
export async function takeOverByHand(server: DatabaseServer): Promise<void> {
  const replica = server.engine === 'mariadb' ? 'slave' : 'replica';
  await server.query(`stop ${replica}; reset ${replica} all; set global read_only=0`);
}

/** Is told to follow, and not started: from the end of the source's log, of which it has all. */
export async function pointAt(replica: DatabaseServer, source: DatabaseServer): Promise<void> {
  const log = await logEnd(source);
  const { host, port } = source.address;
  const word = replica.engine === 'mariadb' ? 'master' : 'source';
  const options = [
    `${word}_host=${quote(host)}`,
    `${word}_port=${port}`,
    `${word}_user=${quote(repl.user)}`,
    `${word}_password=${quote(repl.password)}`,
    ...(replica.engine === 'mariadb' ? [] : ['get_source_public_key=1']),
  ];
  const change = replica.engine === 'mariadb' ? 'change master' : 'change replication source';
  await replica.query(`${change} to ${options.join(', ')}`);
  await goOnAt(replica, log);
}

async function logEnd(source: DatabaseServer): Promise<LogPlace> {
  const mariadb = source.engine === 'mariadb';
  const [log] = await source.query(mariadb ? 'show master status' : 'show binary log status');
  return { file: log?.File, offset: log?.Position };
}

export async function goesByGtid(replica: DatabaseServer): Promise<boolean> {
  const row = await statusOf(replica);
  return replica.engine === 'mariadb' ? row.Using_Gtid !== 'No' : row.Auto_Position === '1';
}

/** Asked of a source that is not written to. */
export async function hasReceivedAll(replica: DatabaseServer, source: DatabaseServer): Promise<boolean> {
  const { file, offset } = await logEnd(source);
  const row = await statusOf(replica);
  const read = row.Read_Master_Log_Pos ?? row.Read_Source_Log_Pos;
  return (row.Master_Log_File ?? row.Source_Log_File) === file && read === offset;
}

/** How much lies in its relay log. */
export async function relayLogBytes(replica: DatabaseServer): Promise<number> {
  return Number((await statusOf(replica)).Relay_Log_Space);
}

async function statusOf(server: DatabaseServer): Promise<SqlRow> {
  const mariadb = server.engine === 'mariadb';
  const [row] = await server.query(mariadb ? 'show all slaves status' : 'show replica status');
  return row ?? {};
}
