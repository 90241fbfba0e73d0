import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster, testTime } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('no-primary', builder);
const healthy = cluster('orders').primary('db1').replica('db2');
const downtime = { until: testTime + 60_000, owner: 'marc', reason: 'move' };

test('a primary that answers is one', () => {
  expect(found(healthy)).toEqual([]);
  expect(found(healthy.with('db1', { writeMode: 'read-only' }))).toEqual([]);
});

test('a co-primary that answers is one, though the other is silent', () => {
  const ring = cluster('orders').primary('a', { source: 'b', unreachable: true }).replica('b');
  expect(found(ring)).toEqual([]);
});

test('a silent primary is none', () => {
  const [finding, ...more] = found(healthy.with('db1', { unreachable: 'timed-out' }));
  expect(more).toEqual([]);
  expect(finding).toMatchObject({
    severity: 'critical',
    summary: 'orders has no primary that answers: db1 cannot be reached',
    evidence: { servers: 2, everSeen: 2, answering: 1 },
    blocks: ['switchover'],
    downtimed: false,
  });
  expect(finding?.server).toBeUndefined();
});

test('a primary that was never seen is none', () => {
  const [finding] = found(cluster('orders').neverSeen('db1').replica('db2').neverSeen('db3'));
  expect(finding?.summary).toBe('orders has no known primary: db1 and db3 were never seen');
});

test('a cluster without servers has none', () => {
  expect(found(cluster('orders'))).toMatchObject([{ summary: 'orders has no servers', downtimed: false }]);
});

test('a primary whose silence was announced calls nobody', () => {
  const silent = healthy.with('db1', { unreachable: true, downtime });
  expect(found(silent)[0]?.downtimed).toBe(true);
  expect(found(silent.primary('db3', { unreachable: true }))[0]?.downtimed).toBe(false);
});
