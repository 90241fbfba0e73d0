/** MySQL's statements for a hand-over, in the words of the server's version. Tried on 9.7. */
import type { PromoteRequest } from '../../core/engine.ts';
import type { Version } from '../../core/observation.ts';
import type { FollowSettings } from '../../core/plan.ts';
import type { Position } from '../../core/positions.ts';
import type { Dialect, FollowStatement, Variables } from '../sql/dialect.ts';
import { quote } from '../sql/rows.ts';
import { operationSessions } from '../sql/sessions.ts';
import { since } from '../sql/version.ts';
import { readMysqlChannels } from './channels.ts';
import { mysqlClone } from './clone.ts';
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
 * MySQL's sql/rpl_replica.cc; 60 s seen on 9.7.4 with a dead source). Once all complete ones are applied, what an
 * applier is at is such a one.
 */
function unfinished(_version: Version, channel: string | undefined): string {
  return (
    'SELECT t.PROCESSLIST_ID AS session FROM performance_schema.replication_applier_status_by_worker w' +
    ' JOIN performance_schema.threads t ON t.THREAD_ID = w.THREAD_ID' +
    ' JOIN performance_schema.replication_connection_status c ON c.CHANNEL_NAME = w.CHANNEL_NAME' +
    ` WHERE w.CHANNEL_NAME = ${quote(channel ?? '')} AND w.APPLYING_TRANSACTION <> ''` +
    " AND c.SERVICE_STATE = 'OFF' AND GTID_SUBSET(c.RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed)" +
    // Without GTIDs nothing is in either set: it is told by what the applier waits for.
    ` AND (@@GLOBAL.gtid_mode NOT IN (${anonymousModes}) OR t.PROCESSLIST_STATE LIKE 'Waiting for an event from Coordinator%'` +
    " OR t.PROCESSLIST_STATE LIKE '%has read all relay log%')"
  );
}

export const mysqlDialect: Dialect = {
  kind: 'mysql',
  title: 'MySQL',
  positions: mysqlPositions,
  privilegedMayWrite: false,
  errant: mysqlErrant,
  common: mysqlCommon,
  restores: { flashback: false, clone: 'server', empty: true },
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
