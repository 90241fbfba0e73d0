/**
 * What MySQL's mysqlbinlog prints, and what it is asked with.
 * Source: https://dev.mysql.com/doc/refman/9.5/en/mysqlbinlog.html
 */
import { Fault } from '../../contract/errors.ts';
import { position } from '../../core/positions.ts';
import type { LogDialect } from '../sql/log-dialect.ts';
import type { LogWord } from '../sql/log-word.ts';
import { mysqlPositions } from './positions.ts';

const previousGtids = /^#.*\tPrevious-GTIDs\n((?:# .*\n)*?)(?=# at |[^#])/m;
const gtidNext = /^SET @@SESSION\.GTID_NEXT= '([^']+)'/;
const setting = /^(?:\/\*!\d+ )?(?:SET @|SET (?:TRANSACTION|TIMESTAMP|INSERT_ID|LAST_INSERT_ID)\b|use )/i;

function readWord(statement: string): LogWord {
  const name = gtidNext.exec(statement)?.[1];
  if (name === undefined) return { kind: setting.test(statement) ? 'setting' : 'work' };
  if (name === 'ANONYMOUS')
    throw new Fault(
      'salvage-impossible',
      'the log holds transactions without GTIDs, which cannot be told apart by GTID',
    );
  return name === 'AUTOMATIC' ? { kind: 'setting' } : { kind: 'names', position: position(name) };
}

export const mysqlLog: LogDialect = {
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
