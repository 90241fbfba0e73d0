/** A MySQL replica without GTIDs that has received a transaction by half: what it stops with, and goes on from. */
import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/registry.ts';
import { repl } from '../kit/accounts.ts';
import { caughtUpByPlace, startAnonymousCluster } from '../kit/anonymous-cluster.ts';
import { call } from '../kit/call.ts';
import { SOON, until } from '../kit/deadline.ts';
import { linkContext } from '../kit/link-context.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { StrangledWire } from './link/strangled-wire.ts';

/** It would wait a minute. */
const PROMPT_MS = 5000;

const halves = {
  'its beginning': `set session binlog_rows_query_log_events=1; insert into app.big values (9, '${'x'.repeat(3_000_000)}')`,
  'its first rows': "insert into app.big values (9, repeat('x', 3000000))",
};

describe.skipIf(mysqlUnavailable() !== undefined)('a replica without GTIDs', () => {
  it.each(Object.entries(halves))(
    'that has received %s of a transaction stops, and goes on',
    async (_, sql) => {
      await using cluster = await startAnonymousCluster({ replicas: 1 });
      const [db1, db2] = [cluster.server('db1'), cluster.server('db2')];
      await using wire = await StrangledWire.to(db1.address);
      await db1.query('create table app.big (id int primary key, filler longblob)');
      await caughtUpByPlace([db2], db1);
      const [row] = await db2.query('show replica status');
      const { host, port } = wire.address;
      await db2.query(
        `stop replica; change replication source to source_host='${host}', source_port=${port},` +
          ` source_log_file='${row?.Relay_Source_Log_File}', source_log_pos=${row?.Exec_Source_Log_Pos}; start replica`,
      );
      await db1.query("insert into app.big values (1, 'through the wire')");
      await caughtUpByPlace([db2], db1);
      wire.allow(500_000);
      await db1.query(sql);
      await until('the wire to be full', SOON, async () => wire.full);
      const link = engines.mysql.link(db2.address, linkContext('mysql', { replication: repl }));
      try {
        const before = { source: wire.address, settings: { wasPrimary: false } };
        const stopped = [{ ...before, receiver: 'stopped', applier: 'stopped' }] as const;
        const began = performance.now();
        await link.restoreReplication(stopped, call(PROMPT_MS));
        expect(performance.now() - began).toBeLessThan(PROMPT_MS);
        wire.allow(Number.POSITIVE_INFINITY);
        const running = [{ ...before, receiver: 'running', applier: 'running' }] as const;
        await link.restoreReplication(running, call());
        await caughtUpByPlace([db2], db1);
        expect(await db2.query('select id from app.big')).toHaveLength(2);
      } finally {
        await link.close();
      }
    },
  );
});
