import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('replica-writable', builder);
const healthy = cluster('orders').primary('db1').replica('db2');

test('a replica in either read-only mode, and a writable primary, are as they should be', () => {
  expect(found(healthy)).toEqual([]);
  expect(found(healthy.with('db2', { writeMode: 'super-read-only' }))).toEqual([]);
});

test('a replica that takes writes is told', () => {
  expect(found(healthy.with('db2', { writeMode: 'writable' }))).toMatchObject([
    {
      server: 'db2',
      severity: 'warning',
      summary: 'db2 is a replica and takes writes',
      evidence: { writeMode: 'writable' },
      blocks: ['candidacy'],
    },
  ]);
});

test('the writable member of a ring is no replica', () => {
  expect(found(cluster().primary('a', { source: 'b' }).replica('b'))).toEqual([]);
});

test('the last look at a silent replica is not told', () => {
  expect(found(healthy.with('db2', { writeMode: 'writable', unreachable: true }))).toEqual([]);
});
