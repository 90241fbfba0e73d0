/**
 * Empty transactions under names of one's choice. One that the server has is skipped by it.
 * Source: https://dev.mysql.com/doc/refman/9.5/en/replication-gtids-assign-empty.html
 */
import type { Position } from '../../core/positions.ts';
import { quote } from '../sql/rows.ts';
import { gtidsOf, parseGtidSet } from './gtid-set.ts';

export function emptyTransactions(names: Position): readonly string[] {
  const set = parseGtidSet(names);
  if (set === undefined) throw new TypeError(`not a MySQL GTID set: ${names}`);
  return [...gtidsOf(set)].map(
    (gtid) => `SET GTID_NEXT = ${quote(gtid)}; BEGIN; COMMIT; SET GTID_NEXT = 'AUTOMATIC'`,
  );
}
