import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('replica-versions-differ', builder);
const old = { version: '10.6.21' };
const healthy = cluster('orders').primary('db1', old).replica('db2', old).replica('db3', old);

test('replicas of one release are as they should be, in whatever patch', () => {
  expect(found(healthy)).toEqual([]);
  expect(found(healthy.with('db3', { version: '10.6.3' }))).toEqual([]);
});

test('replicas of several releases are told of their primary, the older first', () => {
  expect(found(healthy.with('db3', { version: '10.11.19' }))).toMatchObject([
    {
      server: 'db1',
      summary: 'the replicas of db1 that log are of the releases 10.6 and 10.11',
      evidence: { db2: '10.6.21', db3: '10.11.19' },
    },
  ]);
});

test('one that could not become primary for want of a log does not count', () => {
  const mute = { version: '10.11.19', log: { enabled: false, logsReplicated: false } };
  expect(found(healthy.with('db3', mute))).toEqual([]);
});
