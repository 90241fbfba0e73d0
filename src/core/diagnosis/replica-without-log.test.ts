import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('replica-without-log', builder);
const healthy = cluster('orders').primary('db1').replica('db2').replica('db3');
const off = { log: { enabled: false, logsReplicated: false } };
const ownOnly = { log: { logsReplicated: false } };

test('replicas that log are as they should be; so is a primary, whatever it would log as a replica', () => {
  expect(found(healthy)).toEqual([]);
  expect(found(healthy.with('db1', ownOnly))).toEqual([]);
});

test('a replica without a log, or that logs its own writes only, is told', () => {
  expect(found(healthy.with('db2', off))).toMatchObject([
    {
      server: 'db2',
      severity: 'notice',
      summary: 'db2 writes no binary log',
      evidence: { logEnabled: false, logsReplicated: false },
      blocks: ['candidacy'],
    },
  ]);
  expect(found(healthy.with('db2', ownOnly))[0]?.summary).toBe(
    'db2 does not log what it applies (log_slave_updates)',
  );
});

test('Orchestrator warns only where none of several replicas logs', () => {
  const names = (builder: ClusterBuilder) => found(builder).map((finding) => finding.orchestrator);
  const warning = 'NoLoggingReplicasStructureWarning';
  expect(names(healthy.with('db2', off))).toEqual([undefined]);
  expect(names(healthy.with('db2', off).with('db3', ownOnly))).toEqual([warning, warning]);
  expect(names(cluster().primary('db1').replica('db2', off))).toEqual([undefined]);
});

test('what is configured is told of a silent server too', () => {
  expect(found(healthy.with('db2', { ...off, unreachable: true })).length).toBe(1);
});
