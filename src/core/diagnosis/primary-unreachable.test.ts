import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster, testTime } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('primary-unreachable', builder);
const healthy = cluster('orders').primary('db1').replica('db2').replica('db3');
const silent = healthy.with('db1', { unreachable: 'timed-out', seenMsAgo: 5_000 });
const lost = { receiver: 'connecting' } as const;

test('a primary that answers is reachable', () => {
  expect(found(healthy)).toEqual([]);
});

test('a silent primary that still feeds its replicas is not dead', () => {
  expect(found(silent)).toEqual([
    {
      code: 'primary-unreachable',
      orchestrator: 'UnreachableMaster',
      severity: 'critical',
      cluster: 'orders',
      server: 'db1',
      serverName: 'db1',
      summary: 'db1 cannot be reached: no answer in time; its 2 replicas still replicate from it',
      evidence: {
        lastSeenAt: testTime - 5_000,
        failure: 'timed-out',
        message: 'connect timed-out',
        replicas: 2,
        replicasAnswering: 2,
        replicasReplicating: 2,
        replicasReceiving: 2,
        replicasThatLostIt: 0,
        replicasFailingToConnect: 0,
      },
      blocks: ['switchover', 'failover'],
      downtimed: false,
    },
  ]);
});

test('one replica that still replicates is witness enough', () => {
  const [finding] = found(silent.with('db2', lost));
  expect(finding?.orchestrator).toBe('UnreachableMaster');
  expect(finding?.summary).toContain('; 1 of its 2 replicas still replicates from it');
});

test('a silent replica or one that was never seen is not told here', () => {
  expect(found(healthy.with('db2', { unreachable: true }))).toEqual([]);
  expect(found(cluster().neverSeen('db1').replica('db2'))).toEqual([]);
});

test('a silent co-primary that still feeds another is told', () => {
  const ring = cluster().primary('a', { source: 'b', unreachable: true }).replica('b');
  expect(found(ring)).toMatchObject([{ server: 'a', orchestrator: 'UnreachableCoMaster' }]);
});

test('in downtime it calls nobody', () => {
  const downtime = { until: testTime + 1, owner: 'marc', reason: 'disk' };
  expect(found(silent.with('db1', { downtime }))[0]?.downtimed).toBe(true);
});
