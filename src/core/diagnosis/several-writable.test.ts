import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster, testTime } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('several-writable', builder);
const two = cluster('orders').primary('db1').replica('db2').primary('db3');
const downtime = { until: testTime + 60_000, owner: 'marc', reason: 'rebuilt' };

test('two primaries that take writes are one too many', () => {
  const [finding, ...more] = found(two);
  expect(more).toEqual([]);
  expect(finding).toMatchObject({
    severity: 'critical',
    summary: 'db1 and db3 both take writes',
    evidence: { count: 2, servers: 'db1, db3' },
    blocks: ['switchover', 'failover'],
    downtimed: false,
  });
  expect(finding?.server).toBeUndefined();
});

test('so are all of a ring', () => {
  const ring = cluster()
    .primary('a', { source: 'c' })
    .coPrimary('b', { source: 'a' })
    .coPrimary('c', { source: 'b' });
  expect(found(ring)[0]?.summary).toBe('a, b and c all take writes');
});

test('one of a ring is as it should be', () => {
  expect(found(cluster().primary('a', { source: 'b' }).replica('b'))).toEqual([]);
});

test('a read-only one beside the primary does not count', () => {
  expect(found(two.with('db3', { writeMode: 'super-read-only' }))).toEqual([]);
});

test('a writable replica is told as such, not here', () => {
  expect(found(cluster().primary('db1').replica('db2', { writeMode: 'writable' }))).toEqual([]);
});

test('what a silent server once was is not known to hold', () => {
  expect(found(two.with('db1', { unreachable: true }))).toEqual([]);
});

test('nobody is called when the surplus is in downtime', () => {
  expect(found(two.with('db3', { downtime }))[0]?.downtimed).toBe(true);
  expect(found(two.with('db3', { downtime }).primary('db4'))[0]?.downtimed).toBe(false);
});
