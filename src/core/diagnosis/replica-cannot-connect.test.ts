import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';
import { connectError } from '../testing/receiver-errors.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('replica-cannot-connect', builder);
const healthy = cluster('orders').primary('db1').replica('db2').replica('db3', { source: 'db2' });
const refused = {
  receiver: 'connecting',
  receiverError: connectError(1045, "error connecting to master 'repl@10.0.0.1:3306'", 'source-answers'),
} as const;

test('a replica that is connected, or has only begun to connect, is as it should be', () => {
  expect(found(healthy)).toEqual([]);
  expect(found(healthy.with('db2', { receiver: 'connecting' }))).toEqual([]);
  expect(found(healthy.with('db2', { ...refused, receiver: 'running' }))).toEqual([]);
});

test('one that tries in vain to reach a source which answers us is told', () => {
  expect(found(healthy.with('db2', refused))).toMatchObject([
    {
      server: 'db2',
      severity: 'warning',
      orchestrator: 'FirstTierReplicaFailingToConnectToMaster',
      summary: "db2 cannot connect to db1: error 1045: error connecting to master 'repl@10.0.0.1:3306'",
      evidence: { code: 1045, source: 'db1', receiver: 'connecting', sourceAnswers: true },
      blocks: ['candidacy'],
    },
  ]);
});

test('where the source is silent it is a witness, and may take over', () => {
  const orphan = healthy.with('db1', { unreachable: true }).with('db2', refused);
  expect(found(orphan)).toMatchObject([
    {
      server: 'db2',
      severity: 'notice',
      blocks: [],
      after: ['dead-primary'],
      evidence: { sourceAnswers: false },
    },
  ]);
});

test('only direct replicas of the primary have Orchestrator’s own name for it, and only while they apply', () => {
  const names = (builder: ClusterBuilder) => found(builder).map((finding) => finding.orchestrator);
  expect(names(healthy.with('db3', refused))).toEqual(['not_replicating']);
  expect(names(healthy.with('db2', { ...refused, applier: 'stopped' }))).toEqual(['not_replicating']);
});
