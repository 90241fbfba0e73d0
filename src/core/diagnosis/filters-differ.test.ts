import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('filters-differ', builder);
const healthy = cluster('orders').primary('db1').replica('db2').replica('db3');
const ignoresLogs = { filters: ['replicate-ignore-db=logs'] };

test('nobody filters', () => {
  expect(found(healthy)).toEqual([]);
});

test('a replica that filters while others do not is told', () => {
  expect(found(healthy.with('db2', ignoresLogs))).toMatchObject([
    {
      server: 'db2',
      severity: 'warning',
      summary: 'db2 leaves out what others have: replicate-ignore-db=logs',
      evidence: { filters: 'replicate-ignore-db=logs', where: 'replication' },
      blocks: ['candidacy'],
    },
  ]);
});

test('that all replicas filter alike does not help: the primary has what they lack', () => {
  const both = healthy.with('db2', ignoresLogs).with('db3', ignoresLogs);
  expect(found(both).map((finding) => finding.server)).toEqual(['db2', 'db3']);
});

test('where all servers leave out the same, nothing differs', () => {
  const standby = cluster()
    .primary('db1', { source: '192.0.2.1', filters: ['a=1', 'b=2'] })
    .replica('db2', { filters: ['b=2', 'a=1'] });
  expect(found(standby)).toEqual([]);
  expect(found(standby.with('db2', { filters: ['a=1'] })).map((finding) => finding.server)).toEqual([
    'db1',
    'db2',
  ]);
});

test('filters on the primary’s log keep data from every replica', () => {
  expect(found(healthy.with('db1', { log: { filters: ['binlog-do-db=app'] } }))).toMatchObject([
    {
      server: 'db1',
      summary: 'db1 does not log all that is written on it: binlog-do-db=app',
      evidence: { filters: 'binlog-do-db=app', where: 'log' },
      blocks: ['switchover'],
    },
  ]);
});

test('filters on a replica’s log are no matter while it is one', () => {
  expect(found(healthy.with('db2', { log: { filters: ['binlog-do-db=app'] } }))).toEqual([]);
});
