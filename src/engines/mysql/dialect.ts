/** MySQL's statements for a hand-over, in the words of the server's version. Tried on 9.7. */
import type { PromoteRequest } from '../../core/engine.ts';
import type { Version } from '../../core/observation.ts';
import type { FollowSettings } from '../../core/plan.ts';
import type { Position } from '../../core/positions.ts';
import type { Dialect, FollowStatement, Variables } from '../sql/dialect.ts';
import { quote } from '../sql/rows.ts';
import { copyableWhen } from '../sql/same-series.ts';
import { operationSessions } from '../sql/sessions.ts';
import { since } from '../sql/version.ts';
import { readMysqlChannels } from './channels.ts';
import { mysqlClone, mysqlCopies } from './clone.ts';
import { emptyTransactions } from './empty-transactions.ts';
import { mysqlCommon, mysqlErrant } from './errant.ts';
import { anonymousModes, mysqlPlaces } from './places.ts';
import { mysqlPositions, placesIn } from './positions.ts';
import { mysqlProbe, readMysqlProbe } from './probe.ts';
import { semiSyncWords, wordsOf } from './words.ts';

const forChannel = (channel: string | undefined): string => (channel ? ` FOR CHANNEL ${quote(channel)}` : '');

const writing = 't.trx_rows_modified > 0 OR t.trx_rows_locked > 0';

function promote(request: PromoteRequest, _version: Version, variables?: Variables): string {
  const [source, replica, waitCount] = semiSyncWords(variables);
  const semiSync = request.semiSync;
  return [
    ...(semiSync
      ? [
          // A server may have the source's plugin alone.
          ...(variables?.has(`${replica}_enabled`) === false ? [] : [`SET GLOBAL ${replica}_enabled = 0`]),
          `SET GLOBAL ${source}_timeout = ${semiSync.timeoutMs}`,
          `SET GLOBAL ${waitCount} = ${semiSync.requiredAcks}`,
          `SET GLOBAL ${source}_enabled = 1`,
        ]
      : []),
    // Takes super_read_only away as well.
    'SET GLOBAL read_only = 0',
  ].join('; ');
}

const flag = (value: boolean): string => (value ? '1' : '0');

function connectionOptions(settings: FollowSettings, s: string): readonly string[] {
  const { tls, heartbeatSeconds, connectRetrySeconds, delaySeconds } = settings;
  return [
    ...(tls
      ? [
          `${s}_SSL = ${flag(tls.enabled)}`,
          `${s}_SSL_VERIFY_SERVER_CERT = ${flag(tls.verifyServer)}`,
          ...(tls.caFile === undefined ? [] : [`${s}_SSL_CA = ${quote(tls.caFile)}`]),
          ...(tls.certificateFile === undefined ? [] : [`${s}_SSL_CERT = ${quote(tls.certificateFile)}`]),
          ...(tls.keyFile === undefined ? [] : [`${s}_SSL_KEY = ${quote(tls.keyFile)}`]),
        ]
      : []),
    ...(heartbeatSeconds === undefined ? [] : [`${s}_HEARTBEAT_PERIOD = ${heartbeatSeconds}`]),
    ...(connectRetrySeconds === undefined ? [] : [`${s}_CONNECT_RETRY = ${connectRetrySeconds}`]),
    ...(delaySeconds === undefined ? [] : [`${s}_DELAY = ${delaySeconds}`]),
  ];
}

function startOf(at: Position | undefined, s: string): readonly string[] {
  const [place] = at === undefined ? [] : placesIn(at);
  if (place === undefined) return [`${s}_AUTO_POSITION = 1`];
  return [`${s}_AUTO_POSITION = 0`, `${s}_LOG_FILE = ${quote(place.file)}`, `${s}_LOG_POS = ${place.offset}`];
}

function changeSource(
  { source, settings, account, at, variables, adoptsGtid }: FollowStatement,
  version: Version,
): string {
  const words = wordsOf(version);
  const s = words.source;
  const [semiSource, semiReplica] = semiSyncWords(variables);
  const options = [
    `${s}_HOST = ${quote(source.host)}`,
    `${s}_PORT = ${source.port}`,
    ...(settings.wasPrimary
      ? [
          `${s}_USER = ${quote(account.user)}`,
          `${s}_PASSWORD = ${quote(account.password)}`,
          // Without TLS caching_sha2_password needs the source's public key for a first login.
          ...(settings.tls?.enabled || !since(version, 8, 0, 4)
            ? []
            : [`GET_${since(version, 8, 0, 23) ? 'SOURCE' : 'MASTER'}_PUBLIC_KEY = 1`]),
        ]
      : []),
    ...connectionOptions(settings, s),
    ...startOf(at, s),
  ];
  return [
    ...(settings.semiSync
      ? [
          ...(variables?.has(`${semiSource}_enabled`) === false
            ? []
            : [`SET GLOBAL ${semiSource}_enabled = 0`]),
          `SET GLOBAL ${semiReplica}_enabled = 1`,
        ]
      : []),
    // An applier that was ended within a transaction forbids any change ("cannot be executed when the replica was …
    // killed in MTA mode", seen on 9.7.4): it might have left gaps. By GTID they are told, and asked for.
    ...(adoptsGtid ? [`RESET ${words.replica}${forChannel(settings.channel)}`] : []),
    `${words.change} TO ${options.join(', ')}${forChannel(settings.channel)}`,
  ].join('; ');
}

/**
 * STOP REPLICA waits a minute for the rest of a transaction that was received by half (SLAVE_WAIT_GROUP_DONE in
 * MySQL's sql/rpl_replica.cc; 60 s seen on 9.7.4 with a dead source). It is the coordinator that waits, with more of it
 * or less: no worker may have any yet. With its session ended before or meanwhile the applier stopped at once. Which
 * transaction was received by half the status tells after the receiver has stopped, too; not after a restart of the
 * server, then the applier is seen within a transaction at the end of its log. A server that is before 8.0.1 does not
 * tell: there it takes the minute.
 */
function unfinished(version: Version, channel: string | undefined): string {
  if (!since(version, 8, 0, 1)) return '';
  const atItsEnd = "t.PROCESSLIST_STATE LIKE '%has read all relay log%'";
  const nobodyWorks =
    'NOT EXISTS (SELECT 1 FROM performance_schema.replication_applier_status_by_worker o' +
    ' JOIN performance_schema.threads p ON p.THREAD_ID = o.THREAD_ID' +
    " WHERE o.CHANNEL_NAME = c.CHANNEL_NAME AND o.APPLYING_TRANSACTION <> '' AND o.THREAD_ID <> t.THREAD_ID" +
    " AND p.PROCESSLIST_STATE NOT LIKE 'Waiting for an event from Coordinator%')";
  // Without a coordinator one worker does it all.
  const at = 'COALESCE(a.PROCESSING_TRANSACTION, w.APPLYING_TRANSACTION)';
  // Without GTIDs all have the same name.
  const named = `${at} = c.QUEUEING_TRANSACTION AND ${at} <> 'ANONYMOUS'`;
  // Ended before all complete ones are applied, it could leave gaps.
  const waits =
    `${at} <> '' AND GTID_SUBSET(c.RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed)` +
    ` AND (${named} OR ${atItsEnd}) AND ${nobodyWorks}`;
  return (
    `SELECT IF(${waits}, t.PROCESSLIST_ID, NULL) AS session FROM performance_schema.replication_connection_status c` +
    ' JOIN performance_schema.replication_applier_status s ON s.CHANNEL_NAME = c.CHANNEL_NAME' +
    ' LEFT JOIN performance_schema.replication_applier_status_by_coordinator a ON a.CHANNEL_NAME = c.CHANNEL_NAME' +
    ' LEFT JOIN performance_schema.replication_applier_status_by_worker w' +
    ' ON w.CHANNEL_NAME = c.CHANNEL_NAME AND a.CHANNEL_NAME IS NULL' +
    ' LEFT JOIN performance_schema.threads t ON t.THREAD_ID = COALESCE(a.THREAD_ID, w.THREAD_ID)' +
    ` WHERE c.CHANNEL_NAME = ${quote(channel ?? '')} AND c.SERVICE_STATE = 'OFF' AND s.SERVICE_STATE = 'ON'` +
    ` AND (c.QUEUEING_TRANSACTION <> '' OR (${waits}))`
  );
}

export const mysqlDialect: Dialect = {
  kind: 'mysql',
  title: 'MySQL',
  positions: mysqlPositions,
  privilegedMayWrite: false,
  errant: mysqlErrant,
  common: mysqlCommon,
  restores: { flashback: false, clone: 'server', empty: true, copyable: copyableWhen(mysqlCopies) },
  probe: mysqlProbe,
  readProbe: readMysqlProbe,
  channels: (version) => `SHOW ${wordsOf(version).replica} STATUS`,
  readChannels: readMysqlChannels,
  position: () =>
    `SELECT @@GLOBAL.gtid_executed AS position, @@GLOBAL.gtid_mode IN (${anonymousModes}) AS anonymous`,
  awaitPosition: (wanted, seconds) =>
    `SELECT WAIT_FOR_EXECUTED_GTID_SET(${quote(wanted)}, ${seconds}) AS outcome`,
  writingTransactions:
    'SELECT t.trx_mysql_thread_id AS session, CONCAT(t.trx_id, "/", t.trx_mysql_thread_id, "/", t.trx_started) AS transaction' +
    ' FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id' +
    ` WHERE (${writing}) AND p.USER <> 'system user'`,
  freeze: () => 'SET GLOBAL super_read_only = 1; SELECT @@GLOBAL.gtid_executed AS position',
  warmUp: () => '',
  unlock: () => '',
  writable: 'SET GLOBAL read_only = 0',
  readOnly: 'SET GLOBAL super_read_only = 1',
  operationSessions,
  // super_read_only stops everybody; what is left are open transactions, whose locks would stop the applier.
  dangerousSessions: () =>
    'SELECT t.trx_mysql_thread_id AS session FROM information_schema.INNODB_TRX t' +
    ' JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id' +
    ` WHERE (${writing}) AND p.USER NOT IN ('system user', 'event_scheduler')`,
  promote,
  semiSyncVariables:
    "SELECT VARIABLE_NAME AS name FROM performance_schema.global_variables WHERE VARIABLE_NAME LIKE 'rpl\\_semi\\_sync\\_%'",
  pulse: 'DO 1',
  flush: 'FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS',
  stopReceiver: (version, channel) => `STOP ${wordsOf(version).replica} IO_THREAD${forChannel(channel)}`,
  startReceiver: (version, channel) => `START ${wordsOf(version).replica} IO_THREAD${forChannel(channel)}`,
  startApplier: (version, channel) => `START ${wordsOf(version).replica} SQL_THREAD${forChannel(channel)}`,
  stopApplier: (version, channel) => `STOP ${wordsOf(version).replica} SQL_THREAD${forChannel(channel)}`,
  unfinished,
  // Whatever part of a transaction it was at (seen on 9.7.4): ER_MTA_INCONSISTENT_DATA, and when it had been told to stop
  // ER_SLAVE_RELAY_LOG_READ_FAILURE of 8.0 and later. A log that cannot be read stops it again at once.
  endedApplier: new Set([1756, 13121]),
  startsAfresh: false,
  places: mysqlPlaces,
  replay: {
    // super_read_only stops whoever is not an applier thread; read_only goes on stopping clients.
    begin: 'SET GLOBAL super_read_only = 0; SET GLOBAL read_only = 1',
    end: 'SET GLOBAL super_read_only = 1',
  },
  clone: mysqlClone,
  dataBytes: 'SELECT SUM(FILE_SIZE) AS bytes FROM information_schema.INNODB_TABLESPACES',
  emptyTransactions,
  stopReplication: (version, channel) => `STOP ${wordsOf(version).replica}${forChannel(channel)}`,
  startReplication: (version, channel) => `START ${wordsOf(version).replica}${forChannel(channel)}`,
  changeSource,
  retireSource: (version, channel) => {
    const { replica } = wordsOf(version);
    return `STOP ${replica}${forChannel(channel)}; RESET ${replica} ALL${forChannel(channel)}`;
  },
};
