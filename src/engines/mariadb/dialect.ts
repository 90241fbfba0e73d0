/** MariaDB's statements for a hand-over. Tried on 10.11; the forms are those that 10.4 and newer take. */

import type { PromoteRequest } from '../../core/engine.ts';
import type { Version } from '../../core/observation.ts';
import type { FollowSettings } from '../../core/plan.ts';
import type { Dialect, FollowStatement } from '../sql/dialect.ts';
import { quote } from '../sql/rows.ts';
import { copyableWhen, sameSeries } from '../sql/same-series.ts';
import { operationSessions } from '../sql/sessions.ts';
import { since } from '../sql/version.ts';
import { readMariadbChannels } from './channels.ts';
import { mariadbCommon, mariadbErrant } from './errant.ts';
import { mariadbPositions } from './gtid-position.ts';
import { logReader } from './log-words.ts';
import { mariadbProbe, readMariadbProbe } from './probe.ts';
import { mariadbRelayLog } from './relay-events.ts';

const named = (channel: string | undefined): string => (channel ? ` ${quote(channel)}` : '');

const writing = 't.trx_rows_modified > 0 OR t.trx_rows_locked > 0';

/**
 * gtid_current_pos joins what was replicated with what was written here, but leaves out what was written here
 * under an earlier server_id; a server that never was a replica has its history in its log alone.
 */
const applied = "IF(@@GLOBAL.gtid_slave_pos = '', @@GLOBAL.gtid_binlog_pos, @@GLOBAL.gtid_current_pos)";
const appliedPosition = `SELECT ${applied} AS position`;

/** Bits of `access` in mysql.global_priv: privilege_t of MariaDB's sql/privilege.h. */
const superBit = 15;
const readOnlyAdminBit = 33;

/**
 * read_only does not stop sessions with READ ONLY ADMIN (before 10.11: SUPER). Accounts are looked up by user name,
 * whatever host they are for. Which of its roles a session has taken on cannot be seen from outside: where a role
 * has the privilege, every account with a role counts.
 */
function privileged(version: Version): string {
  if (!since(version, 10, 4)) {
    return (
      "EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES g WHERE g.PRIVILEGE_TYPE = 'SUPER'" +
      ` AND SUBSTRING_INDEX(g.GRANTEE, "'@", 1) = CONCAT("'", p.USER))`
    );
  }
  const bits = since(version, 10, 11) ? [readOnlyAdminBit] : [superBit, readOnlyAdminBit];
  const has = bits
    .map((bit) => `CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) & (1 << ${bit})`)
    .join(' OR ');
  return (
    `EXISTS (SELECT 1 FROM mysql.global_priv g WHERE g.User = p.USER AND (${has}))` +
    ' OR EXISTS (SELECT 1 FROM mysql.roles_mapping m WHERE m.User = p.USER) AND EXISTS' +
    ` (SELECT 1 FROM mysql.global_priv g WHERE JSON_VALUE(g.Priv, '$.is_role') = 1 AND (${has}))`
  );
}

function dangerousSessions(version: Version): string {
  return (
    'SELECT p.ID AS session FROM information_schema.PROCESSLIST p' +
    " WHERE p.USER NOT IN ('system user', 'event_scheduler', 'unauthenticated user')" +
    " AND p.COMMAND NOT IN ('Binlog Dump', 'Daemon', 'Slave_IO', 'Slave_SQL', 'Slave_worker')" +
    ` AND (p.ID IN (SELECT t.trx_mysql_thread_id FROM information_schema.INNODB_TRX t WHERE ${writing})` +
    ` OR (${privileged(version)}))`
  );
}

function promote(request: PromoteRequest): string {
  const semiSync = request.semiSync;
  return [
    ...(semiSync
      ? [
          'SET GLOBAL rpl_semi_sync_slave_enabled = 0',
          `SET GLOBAL rpl_semi_sync_master_timeout = ${semiSync.timeoutMs}`,
          'SET GLOBAL rpl_semi_sync_master_enabled = 1',
        ]
      : []),
    'SET GLOBAL read_only = 0',
  ].join('; ');
}

const flag = (value: boolean): string => (value ? '1' : '0');

function connectionOptions(settings: FollowSettings): readonly string[] {
  const { tls, heartbeatSeconds, connectRetrySeconds, delaySeconds } = settings;
  return [
    ...(tls
      ? [
          `MASTER_SSL = ${flag(tls.enabled)}`,
          `MASTER_SSL_VERIFY_SERVER_CERT = ${flag(tls.verifyServer)}`,
          ...(tls.caFile === undefined ? [] : [`MASTER_SSL_CA = ${quote(tls.caFile)}`]),
          ...(tls.certificateFile === undefined ? [] : [`MASTER_SSL_CERT = ${quote(tls.certificateFile)}`]),
          ...(tls.keyFile === undefined ? [] : [`MASTER_SSL_KEY = ${quote(tls.keyFile)}`]),
        ]
      : []),
    ...(heartbeatSeconds === undefined ? [] : [`MASTER_HEARTBEAT_PERIOD = ${heartbeatSeconds}`]),
    ...(connectRetrySeconds === undefined ? [] : [`MASTER_CONNECT_RETRY = ${connectRetrySeconds}`]),
    ...(delaySeconds === undefined ? [] : [`MASTER_DELAY = ${delaySeconds}`]),
  ];
}

function changeSource({ source, settings, account, adoptsGtid }: FollowStatement): string {
  const options = [
    `MASTER_HOST = ${quote(source.host)}`,
    `MASTER_PORT = ${source.port}`,
    ...(settings.wasPrimary
      ? [`MASTER_USER = ${quote(account.user)}`, `MASTER_PASSWORD = ${quote(account.password)}`]
      : []),
    ...connectionOptions(settings),
    'MASTER_USE_GTID = slave_pos',
  ];
  return [
    // A primary's own writes are in its log but not in its gtid_slave_pos, which is where it would start from. One that
    // then followed by file and offset has them there as soon as it applies something, and not before.
    ...(settings.wasPrimary || adoptsGtid ? [`SET GLOBAL gtid_slave_pos = ${applied}`] : []),
    ...(settings.semiSync
      ? ['SET GLOBAL rpl_semi_sync_master_enabled = 0', 'SET GLOBAL rpl_semi_sync_slave_enabled = 1']
      : []),
    `CHANGE MASTER${named(settings.channel)} TO ${options.join(', ')}`,
  ].join('; ');
}

/**
 * A semi-synchronous receiver that is stopped first ends its session on the source, over a connection of its own, for
 * which it waits five seconds when the source is silent (seen on 10.11.19). One second is the least that can be set.
 */
function stopReceiver(version: Version, channel: string): string {
  const stop = `STOP SLAVE${named(channel)} IO_THREAD`;
  if (!since(version, 10, 3)) return stop;
  return [
    'SET @dauphin_seconds = @@GLOBAL.rpl_semi_sync_slave_kill_conn_timeout',
    'SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = 1',
    stop,
    'SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = @dauphin_seconds',
  ].join('; ');
}

export const mariadbDialect: Dialect = {
  kind: 'mariadb',
  title: 'MariaDB',
  positions: mariadbPositions,
  privilegedMayWrite: true,
  errant: mariadbErrant,
  common: mariadbCommon,
  restores: { flashback: true, clone: 'agents', empty: false, copyable: copyableWhen(sameSeries) },
  probe: mariadbProbe,
  readProbe: readMariadbProbe,
  channels: () => 'SHOW ALL SLAVES STATUS',
  readChannels: readMariadbChannels,
  position: () => appliedPosition,
  awaitPosition: (wanted, seconds) => `SELECT MASTER_GTID_WAIT(${quote(wanted)}, ${seconds}) AS outcome`,
  writingTransactions:
    'SELECT t.trx_mysql_thread_id AS session, CONCAT(t.trx_id, "/", t.trx_mysql_thread_id, "/", t.trx_started) AS transaction' +
    ' FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id' +
    ` WHERE (${writing}) AND p.USER <> 'system user'`,
  // BLOCK_COMMIT holds back the commits of sessions that read_only does not stop, without waiting for theirs.
  freeze: (version) =>
    [
      'SET GLOBAL read_only = 1',
      ...(since(version, 10, 4)
        ? ['BACKUP STAGE START', 'BACKUP STAGE BLOCK_COMMIT']
        : ['FLUSH TABLES WITH READ LOCK']),
      appliedPosition,
    ].join('; '),
  // The first BLOCK_COMMIT after a while flushes what FLUSH can flush beforehand: 4 to 100 ms for which nobody waits.
  warmUp: (version) =>
    since(version, 10, 4) ? 'BACKUP STAGE START; BACKUP STAGE FLUSH; BACKUP STAGE END' : '',
  unlock: (version) => (since(version, 10, 4) ? 'BACKUP STAGE END' : 'UNLOCK TABLES'),
  writable: 'SET GLOBAL read_only = 0',
  readOnly: 'SET GLOBAL read_only = 1',
  operationSessions,
  dangerousSessions,
  promote,
  pulse: 'DO 1',
  flush: 'FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS',
  stopReceiver,
  startReceiver: (_version, channel) => `START SLAVE${named(channel)} IO_THREAD`,
  startApplier: (_version, channel) => `START SLAVE${named(channel)} SQL_THREAD`,
  stopApplier: (_version, channel) => `STOP SLAVE${named(channel)} SQL_THREAD`,
  unfinished: () => '',
  endedApplier: new Set(),
  // START SLAVE with both threads stopped begins a new relay log from gtid_slave_pos (seen on 10.11.19).
  startsAfresh: true,
  relayLog: mariadbRelayLog,
  replay: {
    // READ ONLY ADMIN, which the account has, is not stopped by read_only.
    begin: '',
    end: '',
    ledger: {
      logged: 'SELECT @@GLOBAL.gtid_binlog_pos AS position',
      adopt: (all) => `SET GLOBAL gtid_slave_pos = ${quote(all)}`,
      reader: logReader,
    },
  },
  // In strict mode the position cannot be set below what the log holds.
  adopt: (to) => `RESET MASTER; SET GLOBAL gtid_slave_pos = ${quote(to)}`,
  dataBytes: 'SELECT SUM(FILE_SIZE) AS bytes FROM information_schema.INNODB_SYS_TABLESPACES',
  stopReplication: (_version, channel) => `STOP SLAVE${named(channel)}`,
  startReplication: (_version, channel) => `START SLAVE${named(channel)}`,
  changeSource,
  retireSource: (_version, channel) => `STOP SLAVE${named(channel)}; RESET SLAVE${named(channel)} ALL`,
};
