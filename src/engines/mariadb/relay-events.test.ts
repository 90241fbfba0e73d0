import { describe, expect, it } from 'vitest';
import { mariadbRelayLog, relayReader } from './relay-events.ts';

/** `type info` a line, as SHOW RELAYLOG EVENTS says it. */
function ended(...events: readonly string[]): readonly string[] {
  const read = relayReader();
  return events.flatMap((event) => {
    const [type = ''] = event.split(' ', 1);
    return read({ Event_type: type, Info: event.slice(type.length + 1) }) ?? [];
  });
}

const rows = [
  'Annotate_rows insert into app.t values (1)',
  'Table_map table_id: 18 (app.t)',
  'Write_rows_v1 ',
];

describe('a transaction is there', () => {
  it.each([
    ['when it is committed', ['Gtid BEGIN GTID 0-1-7', ...rows, 'Xid COMMIT /* xid=29 */']],
    ['of a group commit', ['Gtid BEGIN GTID 0-1-7 cid=30', ...rows, 'Xid COMMIT /* xid=29 */']],
    ['on an engine without transactions', ['Gtid BEGIN GTID 0-1-7', ...rows, 'Query COMMIT']],
    ['when it is taken back', ['Gtid BEGIN GTID 0-1-7', ...rows, 'Query use `app`; ROLLBACK']],
    ['when it is one statement', ['Gtid GTID 0-1-7', 'Query use `app`; create table t (id int)']],
    ['when it is a long one', ['Gtid GTID 0-1-7', 'Query_compressed use `app`; create table t (id int)']],
    ['when an ALTER begins', ['Gtid GTID 0-1-7 START ALTER', 'Query alter table app.t add c int']],
    [
      'when it is prepared',
      [
        "Gtid XA START X'78',X'',1 GTID 0-1-7",
        ...rows,
        "Query XA END X'78',X'',1",
        "XA_prepare XA PREPARE X'78',X'',1",
      ],
    ],
  ])('%s', (_when, events) => {
    expect(ended(...events)).toEqual(['0-1-7']);
    expect(ended(...events.slice(0, -1))).toEqual([]);
  });
});

it('a transaction that creates its table does not end there', () => {
  expect(ended('Gtid BEGIN GTID 0-1-7', 'Query CREATE TABLE `app`.`t` (id int)', 'Table_map ')).toEqual([]);
});

it('a text that says COMMIT ends nothing', () => {
  expect(ended('Gtid BEGIN GTID 0-1-7', 'Annotate_rows COMMIT', 'Query SAVEPOINT `COMMIT`')).toEqual([]);
});

it('the rest of a transaction whose beginning was applied is nothing', () => {
  expect(ended('Format_desc ', ...rows, 'Xid COMMIT /* xid=29 */')).toEqual([]);
});

it('asks for events of a channel', () => {
  const page = { file: 'relay.000002', offset: 4, skip: 1 };
  expect(mariadbRelayLog.events({ ...page, channel: '' }, 9)).toBe(
    "SHOW RELAYLOG EVENTS IN 'relay.000002' FROM 4 LIMIT 1, 9",
  );
  expect(mariadbRelayLog.events({ ...page, channel: "a'b" }, 9)).toBe(
    "SHOW RELAYLOG 'a''b' EVENTS IN 'relay.000002' FROM 4 LIMIT 1, 9",
  );
});
