/** Who follows whom, in each engine's words. */
import type { Address } from '../../src/core/identity.ts';
import { repl } from './accounts.ts';
import type { DatabaseServer } from './database-server.ts';
import { quote } from './sql.ts';

/** `replica` follows `source` by GTID, from the beginning or from where it is. */
export function follow(replica: DatabaseServer, source: DatabaseServer): Promise<void> {
  return followBy(replica, source.address);
}

/** As `follow`, by an address that need not be the source's own. */
export async function followBy(replica: DatabaseServer, { host, port }: Address): Promise<void> {
  if (replica.engine === 'mariadb') {
    await replica.query(`
      change master to master_host=${quote(host)}, master_port=${port}, master_user=${quote(repl.user)},
        master_password=${quote(repl.password)}, master_use_gtid=slave_pos, master_connect_retry=1,
        master_heartbeat_period=1;
      start slave`);
    return;
  }
  await replica.query(`
    change replication source to source_host=${quote(host)}, source_port=${port}, source_user=${quote(repl.user)},
      source_password=${quote(repl.password)}, source_auto_position=1, get_source_public_key=1,
      source_connect_retry=1, source_retry_count=86400, source_heartbeat_period=1;
    start replica`);
}

/** The receiver takes changes from the source; the applier makes them here. */
export type ReplicationPart = 'receiver' | 'applier';

/** By hand, as a person does it: without a part, both. */
export async function stopReplicating(server: DatabaseServer, part?: ReplicationPart): Promise<void> {
  await server.query(`stop ${replicationWords(server, part)}`);
}

export async function startReplicating(server: DatabaseServer, part?: ReplicationPart): Promise<void> {
  await server.query(`start ${replicationWords(server, part)}`);
}

function replicationWords({ engine }: DatabaseServer, part: ReplicationPart | undefined): string {
  const thread = { receiver: ' io_thread', applier: ' sql_thread' };
  return `${engine === 'mariadb' ? 'slave' : 'replica'}${part === undefined ? '' : thread[part]}`;
}

/** As read-only as the engine can be told to be. */
export async function makeReadOnly(server: DatabaseServer): Promise<void> {
  await server.query(server.engine === 'mariadb' ? 'set global read_only=1' : 'set global super_read_only=1');
}

/** Every other running server has all that `source` has now. */
export async function awaitCaughtUp(
  servers: readonly DatabaseServer[],
  source: DatabaseServer,
  deadlineMs: number,
): Promise<void> {
  const position = await executedPosition(source);
  const others = servers.filter((server) => server !== source && server.running);
  await Promise.all(others.map((server) => awaitPosition(server, position, deadlineMs)));
}

/** Everything `server` has applied, in its engine's notation. */
async function executedPosition(server: DatabaseServer): Promise<string> {
  const variable = server.engine === 'mariadb' ? '@@gtid_binlog_pos' : '@@global.gtid_executed';
  const [row] = await server.query(`select ${variable} as position`);
  return (row?.position ?? '').replaceAll('\n', '');
}

/** Everything `server` has received or applied, in its engine's notation; MySQL's is of one source alone. */
export async function receivedPosition(server: DatabaseServer): Promise<string> {
  const mariadb = server.engine === 'mariadb';
  const [row] = await server.query(mariadb ? 'show all slaves status' : 'show replica status');
  return (row?.[mariadb ? 'Gtid_IO_Pos' : 'Retrieved_Gtid_Set'] ?? '').replaceAll('\n', '');
}

/** Returns when `server` has applied `position`; throws when it has not by then. */
export async function awaitPosition(
  server: DatabaseServer,
  position: string,
  deadlineMs: number,
): Promise<void> {
  const seconds = deadlineMs / 1000;
  const wait =
    server.engine === 'mariadb'
      ? `master_gtid_wait(${quote(position)}, ${seconds})`
      : `wait_for_executed_gtid_set(${quote(position)}, ${seconds})`;
  const [row] = await server.query(`select ${wait} as late`, deadlineMs + 1000);
  if (row?.late !== '0')
    throw new Error(`${server.name} has not applied ${position} within ${deadlineMs} ms`);
}
