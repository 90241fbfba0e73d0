import { describe, expect, test } from 'vitest';
import { position } from '../../core/positions.ts';
import { LogTransactions } from './log-transactions.ts';
import type { LogWord } from './log-word.ts';

/** `GTID 7` names, `SET @…` sets, anything else is work. */
const reader = (statement: string): LogWord => {
  const name = /^GTID (\d+)$/.exec(statement)?.[1];
  if (name !== undefined) return { kind: 'names', position: position(name) };
  return { kind: statement.startsWith('SET ') ? 'setting' : 'work' };
};

function read(...statements: readonly string[]) {
  const transactions = new LogTransactions(reader);
  for (const statement of statements) transactions.take(statement);
  transactions.finish();
  const { names, length, torn, tornWithin } = transactions;
  return { names: names.join(' '), length, torn, tornWithin };
}

const whole = ['BEGIN', "BINLOG 'x'", 'COMMIT'];

describe('a log’s text', () => {
  test('without a transaction has none', () => {
    expect(read('SET @a=1', 'ROLLBACK', "BINLOG 'start'")).toEqual({
      names: '',
      length: 0,
      torn: false,
      tornWithin: false,
    });
  });

  test('has those that are committed, and a statement that is one by itself', () => {
    const text = ['GTID 1', ...whole, 'GTID 2', 'SET @t=1', 'CREATE TABLE t (a int)', 'GTID 3', ...whole];
    expect(read(...text)).toEqual({ names: '1 2 3', length: text.length, torn: false, tornWithin: false });
  });

  test('ends with one that has no commit: left out', () => {
    const text = ['GTID 1', ...whole, 'GTID 2', 'BEGIN', "BINLOG 'x'", 'ROLLBACK /* added by mysqlbinlog */'];
    expect(read(...text)).toEqual({ names: '1', length: 4, torn: true, tornWithin: false });
  });

  test('ends after a name, or after what is set for a statement that is missing: left out', () => {
    expect(read('GTID 1', ...whole, 'GTID 2')).toMatchObject({ names: '1', length: 4, torn: true });
    expect(read('GTID 1', ...whole, 'GTID 2', 'SET @t=1')).toMatchObject({ names: '1', torn: true });
  });

  test('ends with a statement that is one by itself: whole', () => {
    const text = [
      'GTID 1',
      'DROP TABLE t',
      "SET @@SESSION.GTID_NEXT= 'AUTOMATIC' /* added by mysqlbinlog */ ",
    ];
    expect(read(...text)).toMatchObject({ names: '1', length: 2, torn: false });
  });

  test('has a torn one between others', () => {
    expect(read('GTID 1', 'BEGIN', 'GTID 2', ...whole)).toMatchObject({ names: '2', tornWithin: true });
  });

  test('has those that make a table and fill it: whole with their commit, and not before', () => {
    const create = 'CREATE TABLE `app`.`c` (\n  `id` int NOT NULL\n) ENGINE=InnoDB START TRANSACTION';
    const text = ['GTID 1', create, "BINLOG 'x'", 'COMMIT'];
    expect(read(...text)).toMatchObject({ names: '1', length: 4, torn: false });
    expect(read(...text.slice(0, -1))).toMatchObject({ names: '', length: 0, torn: true });
    expect(read(...text.slice(0, 2))).toMatchObject({ names: '', torn: true });
  });

  test('has prepared XA transactions and their ends', () => {
    const text = ['GTID 1', "XA START X'61'", "BINLOG 'x'", "XA END X'61'", "XA PREPARE X'61'"];
    expect(read(...text, 'GTID 2', "XA COMMIT X'61'")).toMatchObject({
      names: '1 2',
      length: 7,
      torn: false,
    });
  });
});
