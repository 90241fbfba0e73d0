/** MySQL without GTIDs: a primary and its replicas, which follow by file and offset. */
import { repl } from './accounts.ts';
import { Cluster } from './cluster.ts';
import type { DatabaseServer } from './database-server.ts';
import { until } from './deadline.ts';
import { createWorkFolder } from './folder.ts';
import { startMysql } from './mysql.ts';
import { loopbackHost } from './ports.ts';
import { makeReadOnly } from './replication.ts';
import { quote } from './sql.ts';
import { createWritesTable } from './writes-table.ts';

export interface AnonymousOptions {
  readonly replicas: number;
  readonly serverArgs?: readonly string[];
  /** The first server's host is `loopbackHost(firstHost)`. Default 1. */
  readonly firstHost?: number;
}

const CATCH_UP_MS = 15_000;
const WITHOUT_GTID = ['--gtid-mode=OFF', '--enforce-gtid-consistency=OFF'];

export async function startAnonymousCluster(options: AnonymousOptions): Promise<Cluster> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await createWorkFolder('mysql')).path;
  const starts = await Promise.allSettled(
    Array.from({ length: options.replicas + 1 }, (_, index) =>
      startMysql({
        folder,
        name: `db${index + 1}`,
        host: loopbackHost((options.firstHost ?? 1) + index),
        serverId: index + 1,
        args: [...WITHOUT_GTID, ...(options.serverArgs ?? [])],
      }),
    ),
  );
  const servers = starts.flatMap((each) => (each.status === 'fulfilled' ? [resources.use(each.value)] : []));
  const failed = starts.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const [primary, ...replicas] = servers;
  if (primary === undefined) throw new RangeError('a cluster has a server');
  for (const replica of replicas) {
    await makeReadOnly(replica);
    await followFrom(replica, primary, { file: 'bin.000001', offset: 4 });
  }
  await createWritesTable(primary);
  await caughtUpByPlace(replicas, primary);
  return new Cluster(folder, servers, primary, resources.move());
}

export interface Place {
  readonly file: string;
  readonly offset: number;
}

async function followFrom(replica: DatabaseServer, { address }: DatabaseServer, at: Place): Promise<void> {
  await replica.query(`
    change replication source to source_host=${quote(address.host)}, source_port=${address.port},
      source_user=${quote(repl.user)}, source_password=${quote(repl.password)}, source_auto_position=0,
      source_log_file=${quote(at.file)}, source_log_pos=${at.offset}, get_source_public_key=1,
      source_connect_retry=1, source_retry_count=86400, source_heartbeat_period=1;
    start replica`);
}

/** Where `server` writes next in its own log. */
async function ownPlace(server: DatabaseServer): Promise<Place> {
  const [row] = await server.query('show binary log status');
  return { file: row?.File ?? '', offset: Number(row?.Position) };
}

/** Each has applied all that `source` has logged by now. */
export async function caughtUpByPlace(
  replicas: readonly DatabaseServer[],
  source: DatabaseServer,
): Promise<void> {
  const { file, offset } = await ownPlace(source);
  await Promise.all(
    replicas.map((replica) =>
      until(`${replica.name} to apply ${file}:${offset}`, { deadlineMs: CATCH_UP_MS }, async () => {
        const [row] = await replica.query('show replica status');
        const [at, pos] = [row?.Relay_Source_Log_File ?? '', Number(row?.Exec_Source_Log_Pos)];
        return at > file || (at === file && pos >= offset);
      }),
    ),
  );
}
