import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('no-replica-replicates', builder);
const healthy = cluster('orders').primary('db1').replica('db2').replica('db3');
const stopped = { receiver: 'stopped', applier: 'stopped' } as const;
const silent = { unreachable: true } as const;

test('one replica that replicates is enough; a server without any has nobody to miss', () => {
  expect(found(healthy.with('db2', stopped))).toEqual([]);
  expect(found(cluster().primary('db1'))).toEqual([]);
});

test('a primary nobody replicates from is told', () => {
  expect(found(healthy.with('db2', stopped).with('db3', silent))).toMatchObject([
    {
      server: 'db1',
      severity: 'critical',
      orchestrator: 'AllMasterReplicasNotReplicatingOrDead',
      summary: 'none of the 2 replicas of db1 replicates: 1 cannot be reached',
      evidence: { replicas: 2, replicasAnswering: 1, takesWrites: true },
      blocks: ['switchover'],
      after: ['replica-stopped', 'server-unreachable'],
    },
  ]);
});

test('where none answers there is nobody to fail over to either, and Orchestrator has no name for it', () => {
  const [finding] = found(healthy.with('db2', silent).with('db3', silent));
  expect(finding).toMatchObject({ blocks: ['switchover', 'failover'] });
  expect(finding?.orchestrator).toBeUndefined();
});

test('where nobody writes it only limits what can be done', () => {
  const passive = cluster()
    .primary('a', { source: 'b', ...stopped })
    .replica('b');
  expect(found(passive)).toMatchObject([{ server: 'b', severity: 'notice', blocks: [] }]);
  const active = cluster().primary('a', { source: 'b' }).replica('b', stopped);
  expect(found(active)).toMatchObject([{ server: 'a', severity: 'critical' }]);
});

test('a silent source is told elsewhere', () => {
  expect(found(healthy.with('db1', silent).with('db2', stopped).with('db3', stopped))).toEqual([]);
});
