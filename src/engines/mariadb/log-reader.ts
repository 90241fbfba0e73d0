/**
 * MariaDB's log, read with its own mariadb-binlog, and what else the agent must know of its server. Needs a reader
 * that takes GTIDs as a start (10.8 and newer).
 * Source: https://mariadb.com/docs/server/clients-and-utilities/logging-tools/mariadb-binlog/mariadb-binlog-options
 */
import type { EngineHost } from '../../core/host.ts';
import { type Position, position } from '../../core/positions.ts';
import type { LogDialect } from '../sql/log-dialect.ts';
import { readSurplus } from '../sql/read-surplus.ts';
import { readTail } from '../sql/read-tail.ts';
import { mariadbBackup } from './backup.ts';
import { mariadbPositions } from './gtid-position.ts';
import { logReader } from './log-words.ts';

const gtidList = /^#.*\tGtid list \[([^\]]*)\]/m;
const encrypted = /^# Encryption scheme: |^# The rest of the binlog is encrypted!/m;

/** One GTID a domain, which is all that the reader takes. */
const newest = (after: Position): Position => mariadbPositions.union(after, position(''));

const log: LogDialect = {
  positions: mariadbPositions,
  // A domain that is not named starts at the first file's beginning. An empty list is no list to the reader.
  args: (after, files) => [
    '--verify-binlog-checksum',
    ...(after === '' ? [] : [`--start-position=${newest(after)}`]),
    ...files,
  ],
  reversed: ['--flashback'],
  beginning: (text) => {
    // Each GTID of the list stands on a line of its own, as a comment.
    const list = gtidList.exec(text)?.[1]?.replaceAll(/[\s#]/g, '');
    if (list !== undefined) return mariadbPositions.parse(list);
    return encrypted.test(text) ? 'encrypted' : undefined;
  },
  reader: logReader,
  gather: (after, names) => names.reduce((all, name) => mariadbPositions.union(all, name), position(after)),
  // Also when the position is exactly the log's end.
  harmless: /never reached expected GTID state of/,
  truncated: /'Event truncated'/,
  encrypted: /decryption failure/i,
  farewell: [
    '/*!50003 SET COMPLETION_TYPE=@OLD_COMPLETION_TYPE*/',
    '/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=0*/',
    '/*!100001 SET @@SESSION.SERVER_ID=@@GLOBAL.SERVER_ID */',
    '/*!100001 SET @@SESSION.GTID_DOMAIN_ID=@@GLOBAL.GTID_DOMAIN_ID */',
  ],
};

export const mariadbHost: EngineHost = {
  kind: 'mariadb',
  programs: ['mariadbd', 'mysqld'],
  logTool: 'mariadb-binlog',
  readOnly: { lines: ['[mysqld]', 'read_only=1'], args: ['--read-only=1', '--skip-slave-start'] },
  readTail: (place, request, call) => readTail(log, place, request, call),
  backup: mariadbBackup,
  readSurplus: (place, request, call) => readSurplus(log, place, request, call),
};
