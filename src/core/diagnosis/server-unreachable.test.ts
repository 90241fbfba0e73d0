import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster, testTime } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('server-unreachable', builder);
const healthy = cluster('orders').primary('db1').replica('db2').replica('db3', { source: 'db2' });

test('servers that answer are reachable, and a silent primary is told elsewhere', () => {
  expect(found(healthy)).toEqual([]);
  expect(found(healthy.with('db1', { unreachable: true }))).toEqual([]);
});

test('a silent replica is told with the failure', () => {
  expect(found(healthy.with('db3', { unreachable: 'access-denied' }))).toMatchObject([
    {
      server: 'db3',
      severity: 'warning',
      orchestrator: 'last_check_invalid',
      summary: 'db3 cannot be reached: the account is denied',
      evidence: { failure: 'access-denied', lastSeenAt: testTime - 30_000, replicas: 0 },
      blocks: ['candidacy'],
    },
  ]);
});

test('a silent server that others follow is told elsewhere, unless it was never seen', () => {
  expect(found(healthy.with('db2', { unreachable: true }))).toEqual([]);
  expect(found(cluster().neverSeen('db1').replica('db2'))).toMatchObject([{ server: 'db1' }]);
});

test('a server that was never seen is told without a name of Orchestrator, which lists none such', () => {
  const [finding] = found(healthy.neverSeen('db4', { unreachable: 'timed-out' }));
  expect(finding).toMatchObject({
    server: 'db4',
    summary: 'db4 cannot be reached: no answer in time, and it was never seen',
    evidence: { lastSeenAt: null },
  });
  expect(finding?.orchestrator).toBeUndefined();
});

test('in downtime it calls nobody', () => {
  const downtime = { until: testTime + 1, owner: 'marc', reason: 'disk' };
  expect(found(healthy.with('db3', { unreachable: true, downtime }))[0]?.downtimed).toBe(true);
});
