import { describe, expect, it } from 'vitest';
import { logReader } from './log-words.ts';

describe("the words of mariadb-binlog's text", () => {
  it('name a transaction, though domain and server are only told when they change', () => {
    const read = logReader();
    const names = [
      '/*M!100001 SET @@session.gtid_domain_id=3*/',
      '/*M!100001 SET @@session.server_id=7*/',
      '/*M!100001 SET @@session.gtid_seq_no=10*/',
      '/*M!100001 SET @@session.gtid_seq_no=11*/',
      '/*M!100001 SET @@session.gtid_domain_id=0*/',
      '/*!100001 SET @@session.gtid_seq_no=5*/',
    ].flatMap((statement) => {
      const word = read(statement);
      return word.kind === 'names' ? [word.position] : [];
    });
    expect(names).toEqual(['3-7-10', '3-7-11', '0-7-5']);
  });

  it.each([
    'SET TIMESTAMP=1763733600/*!*/',
    'SET @@session.sql_mode=1411383296',
    'SET INSERT_ID=4',
    'use `app`',
    // A FORMAT_DESCRIPTION_EVENT of 10.11.
    "BINLOG '\nTrEgaQ8BAAAA/AAAAAABAAAAAAQAMTAuMTEuMTktTWFyaWFEQg==\n'",
  ])('outlive the transaction: %s', (statement) => {
    expect(logReader()(statement)).toEqual({ kind: 'setting' });
  });

  it.each([
    'START TRANSACTION',
    'COMMIT',
    "SET PASSWORD FOR 'a'@'%' = 'x'",
    'SET STATEMENT max_statement_time=1 FOR delete from t',
    "BINLOG '\n0agBaxMBAAAAMQAAALLSHAAAABgAAAAAAAEAA2FwcAAEbWFueQACAw8CyAAC1/rDBw==\n'",
  ])('are work: %s', (statement) => {
    expect(logReader()(statement)).toEqual({ kind: 'work' });
  });
});
