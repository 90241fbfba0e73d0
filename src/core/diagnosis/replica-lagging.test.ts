import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('replica-lagging', builder);
const healthy = cluster('orders').primary('db1').replica('db2');

test('lag up to the limit is none, beyond it is told', () => {
  expect(found(healthy.with('db2', { lagSeconds: 10 }))).toEqual([]);
  expect(found(healthy.with('db2', { lagSeconds: 11 }))).toMatchObject([
    {
      server: 'db2',
      severity: 'warning',
      orchestrator: 'replication_lag',
      summary: 'db2 is 11 s behind db1; the limit is 10 s',
      evidence: { channel: '', source: 'db1', lagSeconds: 11, delaySeconds: 0, limitMs: 10_000 },
      blocks: ['candidacy'],
    },
  ]);
});

test('the limit is the policy’s', () => {
  const late = healthy.with('db2', { lagSeconds: 3 });
  expect(findingsOfCode('replica-lagging', late, late.policy({ lagFindingMs: 2_999 })).length).toBe(1);
  expect(findingsOfCode('replica-lagging', late, late.policy({ lagFindingMs: 3_000 }))).toEqual([]);
});

test('a delay set on purpose does not count', () => {
  expect(found(healthy.with('db2', { lagSeconds: 3_610, delaySeconds: 3_600 }))).toEqual([]);
  expect(found(healthy.with('db2', { lagSeconds: 3_611, delaySeconds: 3_600 }))[0]?.summary).toBe(
    'db2 is 11 s behind db1 beyond its delay of 3600 s; the limit is 10 s',
  );
});

test('lag that is not known, or was seen of a server now silent, is not told', () => {
  expect(found(healthy.with('db2', { lagSeconds: null }))).toEqual([]);
  expect(found(healthy.with('db2', { lagSeconds: 99, unreachable: true }))).toEqual([]);
});
