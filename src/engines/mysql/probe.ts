import { serverId } from '../../core/identity.ts';
import type { ReplicationChannel, SemiSync, Version, WriteMode } from '../../core/observation.ts';
import { type Position, position } from '../../core/positions.ts';
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
import { readMysqlChannels } from './channels.ts';
import { appliedPlace, isAnonymousMode, mainChannel, ownPlace, readPlace } from './places.ts';
import { mysqlPositions, positionAt } from './positions.ts';
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
      `${variable(...both(([, , , waits]) => waits))} AS semi_waits_alone`,
      commitColumns,
      `${status('Uptime')} AS uptime, ${status(...both(([source]) => `${source}_status`))} AS semi_source_active`,
      `${status(...both(([, replica]) => `${replica}_status`))} AS semi_replica_active`,
      `${status(...both(([source]) => `${source}_clients`))} AS semi_clients`,
      `${status(...both(([source]) => `${source}_no_tx`))} AS semi_alone`,
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
    waitsWithoutReplicas: truth(row, 'semi_waits_alone'),
    unacknowledged: number(row, 'semi_alone') ?? 0,
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

/** Without GTIDs: where it is in its source's log, or in its own. */
function executedOf(row: Row, log: Row | undefined, channels: readonly Row[]): Position {
  if (!isAnonymousMode(text(row, 'gtid_mode'))) {
    return mysqlPositions.parse(text(row, 'executed') ?? '') ?? position('');
  }
  const channel = mainChannel(channels, !truth(row, 'read_only'));
  const applied = channel && appliedPlace(channel);
  const place = applied ?? ownPlace(log, text(row, 'uuid') ?? '');
  return place === undefined ? position('') : positionAt(place);
}

/** Without GTIDs the status tells how far the receiver has written, which may be within a transaction. */
function channelsOf(rows: readonly Row[], mode: string | undefined): readonly ReplicationChannel[] {
  const channels = readMysqlChannels(rows);
  if (!isAnonymousMode(mode)) return channels;
  return channels.map((channel) => {
    const row = rows.find((each) => (text(each, 'Channel_Name') ?? '') === channel.name);
    const read = row && readPlace(row);
    return read === undefined ? channel : { ...channel, received: positionAt(read) };
  });
}

export function readMysqlProbe(sets: readonly (readonly Row[])[], version: Version): ProbedServer {
  const [selves = [], logs = [], channels = [], hosts = []] = sets;
  const row = selves[0] ?? {};
  const named = announced(row);
  const uuid = text(row, 'uuid') ?? '';
  const executed = executedOf(row, logs[0], channels);
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
    ...(isAnonymousMode(text(row, 'gtid_mode')) ? { anonymous: true } : {}),
    executed,
    origins: executed,
    ...(purged === undefined ? {} : { purged }),
    log: logOf(row, logs[0]),
    channels: channelsOf(withHeartbeats(channels, row), text(row, 'gtid_mode')),
    downstream: readDownstream(hosts),
    semiSync: semiSync(row),
    commits: commitsOf(row),
    longTransactions: readLongTransactions(row),
  };
}
