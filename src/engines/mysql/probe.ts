import { serverId } from '../../core/identity.ts';
import type { SemiSync, Version, WriteMode } from '../../core/observation.ts';
import { position } from '../../core/positions.ts';
import type { ProbedServer } from '../sql/dialect.ts';
import { announced, logOf, readDownstream, readLongTransactions } from '../sql/probe-fields.ts';
import { number, type Row, text, truth } from '../sql/rows.ts';
import { since } from '../sql/version.ts';
import { readMysqlChannels } from './channels.ts';
import { mysqlPositions } from './gtid-set.ts';
import { newSemiSync, oldSemiSync, type SemiSyncWords, wordsOf } from './words.ts';

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** Plugins bring their variables along: absent ones read as NULL instead of failing the look. */
const variable = (...names: readonly string[]): string =>
  `(SELECT MAX(VARIABLE_VALUE) FROM performance_schema.global_variables WHERE VARIABLE_NAME IN (${quoted(names)}))`;

const status = (...names: readonly string[]): string =>
  `(SELECT MAX(VARIABLE_VALUE) FROM performance_schema.global_status WHERE VARIABLE_NAME IN (${quoted(names)}))`;

const both = (pick: (words: SemiSyncWords) => string): readonly [string, string] => [
  pick(newSemiSync),
  pick(oldSemiSync),
];

const longTransactions = (seconds: number): string =>
  `(SELECT GROUP_CONCAT(CONCAT_WS(' ', p.ID, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()), p.USER) ORDER BY t.trx_started SEPARATOR '\\n')` +
  ' FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id' +
  ` WHERE t.trx_started < NOW() - INTERVAL ${Math.max(1, Math.ceil(seconds))} SECOND AND p.USER <> 'system user')`;

export function mysqlProbe(version: Version, longTransactionSeconds: number): string {
  const words = wordsOf(version);
  return [
    [
      'SELECT @@server_uuid AS uuid, @@port AS port, @@GLOBAL.server_id AS server_id, @@gtid_mode AS gtid_mode',
      '@@report_host AS report_host, @@report_port AS report_port',
      '@@read_only AS read_only, @@super_read_only AS super_read_only',
      '@@GLOBAL.gtid_executed AS executed, @@GLOBAL.gtid_purged AS purged',
      '@@log_bin AS log_bin, @@GLOBAL.binlog_format AS binlog_format',
      `${since(version, 8, 0, 26) ? '@@log_replica_updates' : '@@log_slave_updates'} AS log_updates`,
      `${variable(...both(([source]) => `${source}_enabled`))} AS semi_source`,
      `${variable(...both(([, replica]) => `${replica}_enabled`))} AS semi_replica`,
      `${variable(...both(([source]) => `${source}_timeout`))} AS semi_timeout`,
      `${variable(...both(([, , count]) => count))} AS semi_acks`,
      `${status('Uptime')} AS uptime, ${status(...both(([source]) => `${source}_status`))} AS semi_source_active`,
      `${status(...both(([, replica]) => `${replica}_status`))} AS semi_replica_active`,
      `${status(...both(([source]) => `${source}_clients`))} AS semi_clients`,
      '(SELECT GROUP_CONCAT(CONCAT(CHANNEL_NAME, "=", HEARTBEAT_INTERVAL) SEPARATOR "\\n")' +
        ' FROM performance_schema.replication_connection_configuration) AS heartbeats',
      `${longTransactions(longTransactionSeconds)} AS long_transactions`,
    ].join(', '),
    words.logStatus,
    `SHOW ${words.replica} STATUS`,
    words.replicas,
  ].join('; ');
}

function writeMode(row: Row): WriteMode {
  if (truth(row, 'super_read_only')) return 'super-read-only';
  return truth(row, 'read_only') ? 'read-only' : 'writable';
}

function semiSync(row: Row): SemiSync {
  return {
    sourceEnabled: truth(row, 'semi_source'),
    sourceActive: truth(row, 'semi_source_active'),
    replicaEnabled: truth(row, 'semi_replica'),
    replicaActive: truth(row, 'semi_replica_active'),
    connectedReplicas: number(row, 'semi_clients') ?? 0,
    requiredAcks: number(row, 'semi_acks') ?? 1,
    timeoutMs: number(row, 'semi_timeout') ?? 0,
  };
}

/** SHOW REPLICA STATUS does not tell the heartbeat period; it is added to each channel's row here. */
function withHeartbeats(channels: readonly Row[], self: Row): readonly Row[] {
  const lines = (text(self, 'heartbeats') ?? '').split('\n');
  const periods = new Map(
    lines.map((line): [string, string | null] => [line.split('=')[0] ?? '', line.split('=')[1] ?? null]),
  );
  return channels.map((row) => ({ ...row, heartbeat: periods.get(text(row, 'Channel_Name') ?? '') ?? null }));
}

export function readMysqlProbe(sets: readonly (readonly Row[])[], version: Version): ProbedServer {
  const [selves = [], logs = [], channels = [], hosts = []] = sets;
  const row = selves[0] ?? {};
  const named = announced(row);
  const uuid = text(row, 'uuid') ?? '';
  const executed = mysqlPositions.parse(text(row, 'executed') ?? '') ?? position('');
  const purged = mysqlPositions.parse(text(row, 'purged') ?? '');
  return {
    server: serverId(`mysql-${uuid}`),
    engine: 'mysql',
    ...(named === undefined ? {} : { announced: named }),
    version,
    number: number(row, 'server_id') ?? 0,
    uuid,
    writeMode: writeMode(row),
    uptimeSeconds: number(row, 'uptime') ?? 0,
    gtidEnabled: text(row, 'gtid_mode') === 'ON',
    executed,
    origins: executed,
    ...(purged === undefined ? {} : { purged }),
    log: logOf(row, logs[0]),
    channels: readMysqlChannels(withHeartbeats(channels, row)),
    downstream: readDownstream(hosts),
    semiSync: semiSync(row),
    longTransactions: readLongTransactions(row),
  };
}
