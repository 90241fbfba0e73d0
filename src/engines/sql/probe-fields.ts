/** The parts of a probe that MySQL and MariaDB answer alike. */
import type { Address } from '../../core/identity.ts';
import type { CommitSettings, LongTransaction, Observation } from '../../core/observation.ts';
import { filled, number, type Row, text, truth } from './rows.ts';

function logFormat(row: Row): Observation['log']['format'] {
  const value = text(row, 'binlog_format')?.toUpperCase();
  return value === 'ROW' || value === 'MIXED' || value === 'STATEMENT' ? value : undefined;
}

/** Filters on what is logged at all, from SHOW MASTER STATUS. */
function logFilters(log: Row | undefined): readonly string[] {
  return ['Binlog_Do_DB', 'Binlog_Ignore_DB'].flatMap((column) => {
    const value = filled(log, column);
    return value === undefined ? [] : [`${column}: ${value}`];
  });
}

/** Replicas by SHOW REPLICAS / SHOW SLAVE HOSTS; those that do not announce a host cannot be found this way. */
export function readDownstream(rows: readonly Row[]): readonly Address[] {
  return rows.flatMap((row) => {
    const host = filled(row, 'Host');
    const port = number(row, 'Port');
    return host === undefined || port === undefined || port === 0 ? [] : [{ host, port }];
  });
}

export const longTransactions = (seconds: number): string =>
  `(SELECT GROUP_CONCAT(CONCAT_WS(' ', p.ID, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()), p.USER) ORDER BY t.trx_started SEPARATOR '\\n')` +
  ' FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id' +
  ` WHERE t.trx_started < NOW() - INTERVAL ${Math.max(1, Math.ceil(seconds))} SECOND AND p.USER <> 'system user')`;

/** Lines of `session seconds user`, oldest first. */
export function readLongTransactions(row: Row): readonly LongTransaction[] {
  return (filled(row, 'long_transactions') ?? '').split('\n').flatMap((line) => {
    const [session, seconds, user] = line.split(' ');
    return session && seconds
      ? [{ sessionId: Number(session), seconds: Number(seconds), user: user ?? '' }]
      : [];
  });
}

/** How the server calls itself. */
export function announced(row: Row): Address | undefined {
  const host = filled(row, 'report_host');
  const port = number(row, 'report_port') || number(row, 'port');
  return host === undefined || port === undefined ? undefined : { host, port };
}

/** Columns that `commitsOf` reads; every version of both engines has them. */
export const commitColumns =
  '@@GLOBAL.sync_binlog AS sync_log, @@GLOBAL.innodb_flush_log_at_trx_commit AS flush_at_commit';

/**
 * MariaDB's 3 is as durable as 1 (a second flush, of group commits). Only 1 for the log: with N the last N - 1
 * groups of commits are lost with the host.
 */
export function commitsOf(row: Row): CommitSettings {
  const [log, data] = [number(row, 'sync_log'), number(row, 'flush_at_commit')];
  return {
    durable: log === 1 && (data === 1 || data === 3),
    text: `sync_binlog=${log ?? '?'}, innodb_flush_log_at_trx_commit=${data ?? '?'}`,
  };
}

/** `log` is its row of SHOW MASTER STATUS. */
export function logOf(row: Row, log: Row | undefined): Observation['log'] {
  const file = filled(log, 'File');
  const offset = number(log, 'Position');
  const format = logFormat(row);
  return {
    enabled: truth(row, 'log_bin'),
    ...(file === undefined ? {} : { file }),
    ...(offset === undefined ? {} : { offset }),
    ...(format === undefined ? {} : { format }),
    logsReplicated: truth(row, 'log_updates'),
    filters: logFilters(log),
  };
}
