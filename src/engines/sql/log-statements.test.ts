import { describe, expect, it } from 'vitest';
import { LogStatements } from './log-statements.ts';

function split(text: string, size = text.length): readonly string[] {
  const splitter = new LogStatements();
  const found: string[] = [];
  for (let at = 0; at < text.length; at += size) found.push(...splitter.take(text.slice(at, at + size)));
  return [...found, ...splitter.end()];
}

/** As mariadb-binlog 10.11.19 printed it, shortened. */
const mariadb = `/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=1*/;
/*!40019 SET @@session.max_insert_delayed_threads=0*/;
DELIMITER /*!*/;
# at 4
#261121 14:22:45 server id 1  end_log_pos 256 CRC32 0x1d2b8a7e \tStart: binlog v 4, server v 10.11.19-MariaDB
ROLLBACK/*!*/;
BINLOG '
VbsgaQ8BAAAA/AAAAAABAAAAAAQ=
'/*!*/;
#Q> insert into app.writes values ('don't look here')
/*M!100001 SET @@session.gtid_seq_no=3*//*!*/;
START TRANSACTION
/*!*/;
insert into app.kinds values (1, 'a /*!*/; b')
/*!*/;
COMMIT/*!*/;
DELIMITER ;
# End of log file
ROLLBACK /* added by mysqlbinlog */;
/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=0*/;
`;

/** As mysqlbinlog 9.7.4 printed it, shortened. */
const mysql = `# The proper term is pseudo_replica_mode, but we use this compatibility alias
/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=1*/;
DELIMITER /*!*/;
SET @@SESSION.GTID_NEXT= '16dd23c1-e5b4-11f1-a298-02fc00000001:4'/*!*/;
/*!\\C utf8mb4 *//*!*/;
BEGIN
/*!*/;
COMMIT/*!*/;
SET @@SESSION.GTID_NEXT= 'AUTOMATIC' /* added by mysqlbinlog */ /*!*/;
DELIMITER ;
`;

const body = (...statements: readonly string[]): string =>
  `DELIMITER /*!*/;\n${statements.map((each) => `${each}\n/*!*/;\n`).join('')}DELIMITER ;\n`;

describe("a log's text", () => {
  it('of MariaDB is split as its client does', () => {
    expect(split(mariadb)).toEqual([
      '/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=1*/',
      '/*!40019 SET @@session.max_insert_delayed_threads=0*/',
      'ROLLBACK',
      "BINLOG '\nVbsgaQ8BAAAA/AAAAAABAAAAAAQ=\n'",
      '/*M!100001 SET @@session.gtid_seq_no=3*/',
      'START TRANSACTION',
      "insert into app.kinds values (1, 'a /*!*/; b')",
      'COMMIT',
      'ROLLBACK /* added by mysqlbinlog */',
      '/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=0*/',
    ]);
  });

  it('of MySQL is split as its client does', () => {
    expect(split(mysql)).toEqual([
      '/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=1*/',
      "SET @@SESSION.GTID_NEXT= '16dd23c1-e5b4-11f1-a298-02fc00000001:4'",
      '/*!\\C utf8mb4 */',
      'BEGIN',
      'COMMIT',
      "SET @@SESSION.GTID_NEXT= 'AUTOMATIC' /* added by mysqlbinlog */",
    ]);
  });

  it.each([1, 2, 3, 7, 64])('is split alike in chunks of %i characters', (size) => {
    for (const text of [mariadb, mysql]) expect(split(text, size)).toEqual(split(text));
  });

  it.each([
    `insert into t values ('it''s', "say ""so""", \`a\`\`b\`)`,
    `insert into t values ('quote \\' and /*!*/; here', 'back\\\\')`,
    `insert into t /* don't; /*!*/ values (1)`,
    `insert into t values (1) -- don't`,
    `insert into t values (1), # don't\n(2)`,
    `insert into t values ('two\n\n# lines\nDELIMITER x\n')`,
    `select 5--1, 1-'1'`,
    'drop table `voil\u00c3\u00a0`, voil\u00c3\u00a0',
  ])('leaves whole what a user wrote: %s', (statement) => {
    expect(split(body(statement, 'COMMIT'))).toEqual([statement, 'COMMIT']);
  });

  it('knows when a backslash means itself', () => {
    const statements = ['SET @@session.sql_mode=1048576', "insert into t values ('C:\\')", 'COMMIT'];
    expect(split(body(...statements))).toEqual(statements);
    const back = ['SET @@session.sql_mode=0', "insert into t values ('it\\'s')", 'COMMIT'];
    expect(split(body(...statements, ...back))).toEqual([...statements, ...back]);
  });

  it('that is cut short gives only what is whole', () => {
    expect(split('DELIMITER /*!*/;\nBEGIN\n/*!*/;\ninsert into t val')).toEqual(['BEGIN']);
  });
});
