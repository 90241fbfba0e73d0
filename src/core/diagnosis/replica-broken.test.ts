import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster, testTime } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';
import { connectError, sourceError } from '../testing/receiver-errors.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('replica-broken', builder);
const healthy = cluster('orders').primary('db1').replica('db2');
const duplicate = { code: 1062, message: "Duplicate entry '7' for key 'PRIMARY'" };
const purged = sourceError(1236, 'could not find first log file');
const refused = connectError(2003, 'error connecting to master', 'refused');

test('a replica that runs is whole', () => {
  expect(found(healthy)).toEqual([]);
});

test('an applier that stopped with an error is told with code and message', () => {
  expect(found(healthy.with('db2', { applierError: duplicate }))).toMatchObject([
    {
      server: 'db2',
      severity: 'warning',
      orchestrator: 'not_replicating',
      summary:
        "db2 does not replicate from db1: applier stopped with error 1062: Duplicate entry '7' for key 'PRIMARY'",
      evidence: {
        thread: 'applier',
        code: 1062,
        message: "Duplicate entry '7' for key 'PRIMARY'",
        channel: '',
        source: 'db1',
        receiver: 'running',
        applier: 'stopped',
      },
      blocks: ['candidacy'],
    },
  ]);
});

test('so is a receiver, and each of two errors', () => {
  const both = found(healthy.with('db2', { receiverError: purged, applierError: duplicate }));
  expect(both.map((finding) => finding.evidence.thread)).toEqual(['receiver', 'applier']);
  expect(both[0]?.summary).toContain('receiver stopped with error 1236');
});

test('a receiver that keeps trying to connect is told elsewhere; one that tries and has another error is broken', () => {
  expect(found(healthy.with('db2', { receiver: 'connecting', receiverError: refused }))).toEqual([]);
  const trying = healthy.with('db2', { receiver: 'connecting', receiverError: purged });
  expect(found(trying)[0]?.summary).toContain('receiver connecting with error 1236');
});

test('a receiver that has given up connecting is broken, by the name Orchestrator has for it', () => {
  const names = (builder: ClusterBuilder) => found(builder).map((finding) => finding.orchestrator);
  expect(names(healthy.with('db2', { receiverError: refused }))).toEqual([
    'FirstTierReplicaFailingToConnectToMaster',
  ]);
  expect(names(healthy.replica('db3', { source: 'db2', receiverError: refused }))).toEqual([
    'not_replicating',
  ]);
  expect(names(healthy.with('db2', { receiverError: refused, applierError: duplicate }))).toEqual([
    'not_replicating',
    'not_replicating',
  ]);
});

test('a replica whose source is silent is not what is broken, unless it is for another reason', () => {
  const orphan = healthy
    .with('db1', { unreachable: true })
    .with('db2', { receiver: 'connecting', receiverError: refused });
  expect(found(orphan)).toEqual([]);
  expect(found(orphan.with('db2', { applierError: duplicate }))).toMatchObject([
    { evidence: { thread: 'applier' } },
  ]);
  expect(found(orphan.with('db2', { receiver: 'stopped' }))).toMatchObject([
    { evidence: { thread: 'receiver' } },
  ]);
});

test('an error that a running thread got over is none', () => {
  const over = {
    applier: 'running',
    applierError: duplicate,
    receiver: 'running',
    receiverError: purged,
  } as const;
  expect(found(healthy.with('db2', over))).toEqual([]);
});

test('the last look at a silent replica is not told', () => {
  expect(found(healthy.with('db2', { applierError: duplicate, unreachable: true }))).toEqual([]);
});

test('a further source counts too, and is told by its address and channel', () => {
  const multi = healthy.with('db2', { source: '192.0.2.1', extraSources: ['db1'], applierError: duplicate });
  expect(found(multi)[0]?.summary).toContain('db2 does not replicate from 192.0.2.1:3306: applier stopped');
  const named = healthy.with('db2', { applierError: duplicate, channel: { name: 'main' } });
  expect(found(named)[0]?.evidence.source).toBe('db1 (channel main)');
});

test('in downtime it calls nobody', () => {
  const downtime = { until: testTime + 1, owner: 'marc', reason: 'disk' };
  expect(found(healthy.with('db2', { applierError: duplicate, downtime }))[0]?.downtimed).toBe(true);
});
