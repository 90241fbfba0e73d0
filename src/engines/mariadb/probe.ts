/**
 * One look at a MariaDB server: four statements in one round trip, and how their answers are read. Status
 * values come as subqueries, so that a look stays at four statements.
 */
import { createHash } from 'node:crypto';
import { serverId } from '../../core/identity.ts';
import type { SemiSync, Version } from '../../core/observation.ts';
import { position } from '../../core/positions.ts';
import type { ProbedServer } from '../sql/dialect.ts';
import {
  announced,
  commitColumns,
  commitsOf,
  logOf,
  longTransactions,
  readDownstream,
  readLongTransactions,
} from '../sql/probe-fields.ts';
import { number, type Row, text, truth } from '../sql/rows.ts';
import { since } from '../sql/version.ts';
import { readMariadbChannels } from './channels.ts';
import { mariadbPositions } from './gtid-position.ts';

const status = (name: string): string =>
  `(SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '${name}')`;

/** Variables that not every version has; absent ones read as NULL instead of failing the look. */
const variable = (name: string): string =>
  `(SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = '${name}')`;

export function mariadbProbe(version: Version, longTransactionSeconds: number): string {
  return [
    [
      'SELECT @@hostname AS hostname, @@port AS port, @@datadir AS datadir, @@GLOBAL.server_id AS server_id',
      '@@report_host AS report_host, @@report_port AS report_port, @@read_only AS read_only',
      '@@gtid_slave_pos AS slave_pos, @@gtid_binlog_pos AS binlog_pos, @@gtid_binlog_state AS binlog_state',
      '@@log_bin AS log_bin, @@GLOBAL.binlog_format AS binlog_format, @@log_slave_updates AS log_updates',
      '@@rpl_semi_sync_master_enabled AS semi_source, @@rpl_semi_sync_slave_enabled AS semi_replica',
      '@@rpl_semi_sync_master_timeout AS semi_timeout',
      '@@rpl_semi_sync_master_wait_no_slave AS semi_waits_alone',
      commitColumns,
      `${since(version, 10, 6, 20) ? variable('SERVER_UID') : 'NULL'} AS server_uid`,
      `${status('UPTIME')} AS uptime, ${status('RPL_SEMI_SYNC_MASTER_STATUS')} AS semi_source_active`,
      `${status('RPL_SEMI_SYNC_SLAVE_STATUS')} AS semi_replica_active`,
      `${status('RPL_SEMI_SYNC_MASTER_CLIENTS')} AS semi_clients`,
      `${status('RPL_SEMI_SYNC_MASTER_NO_TX')} AS semi_alone`,
      `${longTransactions(longTransactionSeconds)} AS long_transactions`,
    ].join(', '),
    'SHOW MASTER STATUS',
    'SHOW ALL SLAVES STATUS',
    'SHOW SLAVE HOSTS',
  ].join('; ');
}

/**
 * MariaDB has no server UUID. The data directory of a host is one server's alone, whatever addresses it
 * answers on; server_uid (from the network card) tells hosts of the same name apart.
 */
function identify(row: Row): string {
  const facts = ['hostname', 'port', 'datadir', 'server_uid'].map((name) => text(row, name) ?? '');
  return `mariadb-${createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 16)}`;
}

function semiSync(row: Row): SemiSync {
  return {
    sourceEnabled: truth(row, 'semi_source'),
    sourceActive: truth(row, 'semi_source_active'),
    replicaEnabled: truth(row, 'semi_replica'),
    replicaActive: truth(row, 'semi_replica_active'),
    connectedReplicas: number(row, 'semi_clients') ?? 0,
    // MariaDB always waits for exactly one.
    requiredAcks: 1,
    timeoutMs: number(row, 'semi_timeout') ?? 0,
    waitsWithoutReplicas: truth(row, 'semi_waits_alone'),
    unacknowledged: number(row, 'semi_alone') ?? 0,
  };
}

export function readMariadbProbe(sets: readonly (readonly Row[])[], version: Version): ProbedServer {
  const [selves = [], logs = [], channels = [], hosts = []] = sets;
  const row = selves[0] ?? {};
  const named = announced(row);
  const applied = position(text(row, 'slave_pos') ?? '');
  return {
    server: serverId(identify(row)),
    engine: 'mariadb',
    ...(named === undefined ? {} : { announced: named }),
    version,
    number: number(row, 'server_id') ?? 0,
    writeMode: truth(row, 'read_only') ? 'read-only' : 'writable',
    uptimeSeconds: number(row, 'uptime') ?? 0,
    gtidEnabled: truth(row, 'log_bin'),
    executed: mariadbPositions.union(applied, position(text(row, 'binlog_pos') ?? '')),
    origins: position(text(row, 'binlog_state') ?? ''),
    log: logOf(row, logs[0]),
    channels: readMariadbChannels(channels),
    downstream: readDownstream(hosts),
    semiSync: semiSync(row),
    commits: commitsOf(row),
    longTransactions: readLongTransactions(row),
  };
}
