import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('version-older-than-source', builder);
const healthy = cluster('orders')
  .primary('db1', { version: '10.11.19' })
  .replica('db2', { version: '10.11.19' })
  .replica('db3', { version: '10.11.19' });

test('a replica of the same or a newer release, or an older patch of the same series, is as it should be', () => {
  expect(found(healthy)).toEqual([]);
  expect(found(healthy.with('db2', { version: '11.4.2' }).with('db3', { version: '10.11.3' }))).toEqual([]);
});

test('a replica of an older series is told', () => {
  expect(found(healthy.with('db2', { version: '10.6.21' }))).toMatchObject([
    {
      server: 'db2',
      severity: 'warning',
      summary: 'db2 runs 10.6.21, older than 10.11.19 of its source db1',
      evidence: { version: '10.6.21', sourceVersion: '10.11.19' },
      blocks: ['candidacy'],
    },
  ]);
});

test('an older major release is older whatever its minor number', () => {
  const upgraded = healthy.with('db1', { version: '11.4.2' });
  expect(found(upgraded).map((finding) => finding.server)).toEqual(['db2', 'db3']);
});

test('it is the direct source that counts', () => {
  const chain = healthy.with('db2', { version: '11.4.2' }).with('db3', { source: 'db2' });
  expect(found(chain)).toMatchObject([{ server: 'db3', evidence: { sourceVersion: '11.4.2' } }]);
});

test('numbers of two engines are not compared', () => {
  expect(found(healthy.with('db2', { engine: 'mysql', version: '8.4.6' }))).toEqual([]);
});
