import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('gtid-modes-differ', builder);
const mysql = cluster('orders', 'mysql').primary('db1').replica('db2').replica('db3', { source: 'db2' });

test('one mode everywhere is as it should be, on or off', () => {
  expect(found(mysql)).toEqual([]);
  const off = { gtid: false };
  expect(found(mysql.with('db1', off).with('db2', off).with('db3', off))).toEqual([]);
});

test('a source that differs from its replica is told, whichever has GTIDs', () => {
  expect(found(mysql.with('db3', { gtid: false }))).toMatchObject([
    { server: 'db2', summary: 'db2 has GTIDs on, and its replica db3 off', evidence: { others: 'db3' } },
  ]);
  expect(found(mysql.with('db1', { gtid: false }))).toMatchObject([
    { server: 'db1', summary: 'db1 has GTIDs off, and its replica db2 on' },
  ]);
});

test('MariaDB has no mode', () => {
  expect(found(cluster().primary('db1').replica('db2', { gtid: false }))).toEqual([]);
});
