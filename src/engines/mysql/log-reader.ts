/**
 * MySQL's log, read with its own mysqlbinlog, and what else the agent must know of its server.
 * Source: https://dev.mysql.com/doc/refman/9.5/en/mysqlbinlog.html
 */
import { Fault } from '../../contract/errors.ts';
import type { EngineHost } from '../../core/host.ts';
import { position } from '../../core/positions.ts';
import type { LogWord } from '../sql/dialect.ts';
import type { LogDialect } from '../sql/log-dialect.ts';
import { readSurplus } from '../sql/read-surplus.ts';
import { readTail } from '../sql/read-tail.ts';
import { mysqlPositions } from './gtid-set.ts';

const previousGtids = /^#.*\tPrevious-GTIDs\n((?:# .*\n)*?)(?=# at |[^#])/m;
const gtidNext = /^SET @@SESSION\.GTID_NEXT= '([^']+)'/;
const setting = /^(?:\/\*!\d+ )?(?:SET @|SET (?:TRANSACTION|TIMESTAMP|INSERT_ID|LAST_INSERT_ID)\b|use )/i;

function readWord(statement: string): LogWord {
  const name = gtidNext.exec(statement)?.[1];
  if (name === undefined) return { kind: setting.test(statement) ? 'setting' : 'work' };
  if (name === 'ANONYMOUS')
    throw new Fault(
      'salvage-impossible',
      'the log holds transactions without GTIDs, which cannot be told apart',
    );
  return name === 'AUTOMATIC' ? { kind: 'setting' } : { kind: 'names', position: position(name) };
}

const log: LogDialect = {
  positions: mysqlPositions,
  args: (after, files) => [
    '--verify-binlog-checksum',
    ...(after === '' ? [] : [`--exclude-gtids=${after.replaceAll(/\s/g, '')}`]),
    ...files,
  ],
  beginning: (text) => {
    const lines = previousGtids.exec(text)?.[1];
    if (lines === undefined) return undefined;
    const set = lines.replaceAll(/^# /gm, '').replaceAll(/\s/g, '');
    return mysqlPositions.parse(set === '[empty]' ? '' : set);
  },
  reader: () => readWord,
  gather: (after, names) =>
    mysqlPositions.union(after, mysqlPositions.parse(names.join(',')) ?? position('')),
  harmless: /^$/,
  truncated: /File ends with a truncated event/,
  encrypted: /encrypted/i,
  farewell: [
    "SET @@SESSION.GTID_NEXT= 'AUTOMATIC'",
    '/*!50003 SET COMPLETION_TYPE=@OLD_COMPLETION_TYPE*/',
    '/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=0*/',
  ],
};

export const mysqlHost: EngineHost = {
  kind: 'mysql',
  programs: ['mysqld'],
  logTool: 'mysqlbinlog',
  readOnly: {
    lines: ['[mysqld]', 'read_only=1', 'super_read_only=1'],
    args: ['--read-only=1', '--super-read-only=1', '--skip-replica-start=1'],
  },
  readTail: (place, request, call) => readTail(log, place, request, call),
  readSurplus: (place, request, call) => readSurplus(log, place, request, call),
};
