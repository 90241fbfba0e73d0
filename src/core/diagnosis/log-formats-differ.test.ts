import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('log-formats-differ', builder);
const logs = (format: 'ROW' | 'MIXED' | 'STATEMENT') => ({ log: { format } });
const rows = cluster('orders').primary('db1', logs('STATEMENT')).replica('db2').replica('db3').replica('db4');

test('replicas of one format are as they should be, whatever the primary logs', () => {
  expect(found(rows)).toEqual([]);
});

test('each pair of formats is told of the primary', () => {
  const mixed = rows.with('db3', logs('MIXED'));
  expect(found(mixed)).toMatchObject([
    {
      server: 'db1',
      orchestrator: 'MixedAndRowLoggingReplicasStructureWarning',
      summary: 'of the replicas of db1, db3 would log MIXED, and db2 and db4 ROW',
      evidence: { MIXED: 'db3', ROW: 'db2, db4' },
    },
  ]);
  expect(found(mixed.with('db4', logs('STATEMENT'))).length).toBe(3);
});

test('a replica that does not log what it applies, or stands below another, does not count', () => {
  expect(found(rows.with('db3', { log: { format: 'MIXED', logsReplicated: false } }))).toEqual([]);
  expect(found(rows.with('db3', { ...logs('MIXED'), source: 'db2' }))).toEqual([]);
});
