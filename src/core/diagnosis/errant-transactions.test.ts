import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster, testTime } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('errant-transactions', builder);
const healthy = cluster('orders').primary('db1').replica('db2', { behind: 3 });

test('a replica that only lacks something has nothing errant', () => {
  expect(found(healthy)).toEqual([]);
});

test('transactions that never were on the primary are told and named', () => {
  expect(found(healthy.with('db2', { errant: 3 }))).toMatchObject([
    {
      server: 'db2',
      severity: 'warning',
      orchestrator: 'ErrantGTIDStructureWarning',
      summary:
        'db2 has 3 transactions that never were on the primary: db2:1-3; `dauphin repair orders db2 --dry-run` shows what can be done',
      evidence: { count: 3, transactions: 'db2:1-3' },
      blocks: ['candidacy'],
    },
  ]);
  expect(found(healthy.with('db2', { errant: 1 }))[0]?.summary).toBe(
    'db2 has 1 transaction that never was on the primary: db2:1; `dauphin repair orders db2 --dry-run` shows what can be done',
  );
});

test('they stay told when the server falls silent, and are marked in downtime', () => {
  const downtime = { until: testTime + 1, owner: 'marc', reason: 'disk' };
  expect(found(healthy.with('db2', { errant: 1, unreachable: true, downtime }))).toMatchObject([
    { downtimed: true },
  ]);
});
