import { describe, expect, it } from 'vitest';
import { eventReader } from './log-events.ts';

type Event = readonly [type: string, info: string, end?: number, server?: number];

/** Where transactions end, as `file:offset/server_id`, and the rotations between them. */
function read(events: readonly Event[]): readonly string[] {
  const next = eventReader({ file: 'bin.000001', number: 2 });
  return events.flatMap(([type, info, end = 0, server = 1]) => {
    const { ended, continues } = next({
      Event_type: type,
      Info: info,
      End_log_pos: String(end),
      Server_id: String(server),
    });
    if (ended) return [`${ended.at.file}:${ended.at.offset}/${ended.origin}`];
    return continues ? [`→ ${continues.file}:${continues.offset}`] : [];
  });
}

const gtid: Event = ['Anonymous_Gtid', "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'", 100];

describe('the events of a log', () => {
  it('end a transaction with its commit, and not before', () => {
    const events: Event[] = [
      gtid,
      ['Query', 'BEGIN', 150],
      ['Query', "insert into app.t values (7, 'st')", 180],
      ['Xid', 'COMMIT /* xid=22 */', 200],
    ];
    expect(read(events)).toEqual(['bin.000001:200/1']);
    expect(read(events.slice(0, -1))).toEqual([]);
  });

  it('end with a statement that is a transaction by itself', () => {
    expect(read([gtid, ['Query', 'create table app.t (id int) /* xid=6 */', 300]])).toEqual([
      'bin.000001:300/1',
    ]);
  });

  it('take what a table is made from for one transaction', () => {
    const made: Event[] = [
      gtid,
      ['Query', 'CREATE TABLE `c` (\n  `id` int\n) START TRANSACTION /* xid=9 */', 200],
      ['Write_rows', 'table_id: 90 flags: STMT_END_F', 250],
      ['Xid', 'COMMIT /* xid=9 */', 280],
    ];
    expect(read(made)).toEqual(['bin.000001:280/1']);
  });

  it('end XA with its prepare, and again with its commit', () => {
    const xa: Event[] = [
      gtid,
      ['Query', "XA START X'71',X'',1", 150],
      ['Write_rows', 'table_id: 106 flags: STMT_END_F', 180],
      ['Query', "XA END X'71',X'',1", 190],
      ['XA_prepare', "XA PREPARE X'71',X'',1", 200],
      gtid,
      ['Query', "XA COMMIT X'71',X'',1", 300],
    ];
    expect(read(xa)).toEqual(['bin.000001:200/1', 'bin.000001:300/1']);
  });

  it('end a compressed one once, though its parts are shown, too', () => {
    const packed: Event[] = [
      gtid,
      ['Transaction_payload', "compression='ZSTD', decompressed_size=2181 bytes", 967],
      ['Query', 'BEGIN', 967],
      ['Write_rows', 'table_id: 106 flags: STMT_END_F', 967],
      ['Xid', 'COMMIT /* xid=24 */', 967],
    ];
    expect(read(packed)).toEqual(['bin.000001:967/1']);
  });

  it('go on in the source’s next file, and not in the relay log’s own', () => {
    const rotated: Event[] = [
      ['Rotate', 'relay.000004;pos=4', 242, 2],
      ['Rotate', 'bin.000002;pos=4', 1478, 1],
      gtid,
      ['Query', 'create table app.u (a int)', 200],
    ];
    expect(read(rotated)).toEqual(['→ bin.000002:4', 'bin.000002:200/1']);
  });

  it('leave out a transaction that was cut off and sent again', () => {
    const cut: Event[] = [
      gtid,
      ['Query', 'BEGIN', 150],
      ['Rotate', 'bin.000001;pos=100', 0, 1],
      gtid,
      ['Query', 'BEGIN', 150],
      ['Xid', 'COMMIT /* xid=22 */', 200],
    ];
    expect(read(cut)).toEqual(['→ bin.000001:100', 'bin.000001:200/1']);
  });
});
