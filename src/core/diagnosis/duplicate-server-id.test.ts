import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('duplicate-server-id', builder);
const healthy = cluster('orders').primary('db1').replica('db2').replica('db3').neverSeen('db4');

test('numbers that differ are as they should be', () => {
  expect(found(healthy)).toEqual([]);
});

test('each server that shares its number is told, with whom', () => {
  const [primary, replica, ...more] = found(healthy.with('db3', { number: 1 }));
  expect(more).toEqual([]);
  expect(primary).toMatchObject({ server: 'db1', summary: 'db1 has server_id 1, and so has db3' });
  expect(replica).toMatchObject({
    server: 'db3',
    severity: 'warning',
    summary: 'db3 has server_id 1, and so has db1',
    evidence: { number: 1, others: 'db1' },
    blocks: ['candidacy'],
  });
});

test('three that share one name the two others', () => {
  const all = healthy.with('db1', { number: 7 }).with('db2', { number: 7 }).with('db3', { number: 7 });
  expect(found(all).map((finding) => finding.summary)).toEqual([
    'db1 has server_id 7, and so have db2 and db3',
    'db2 has server_id 7, and so have db1 and db3',
    'db3 has server_id 7, and so have db1 and db2',
  ]);
});
