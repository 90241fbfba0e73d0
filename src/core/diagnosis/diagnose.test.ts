import { expect, test } from 'vitest';
import { cluster, testTime } from '../testing/cluster-builder.ts';
import { findingsOf } from '../testing/findings-of.ts';

const healthy = cluster('orders')
  .primary('db1')
  .replica('db2')
  .replica('db10')
  .replica('db4', { source: 'db2' });

test('a healthy cluster has no findings', () => {
  expect(findingsOf(healthy)).toEqual([]);
});

test('the worst comes first, then by code, then by server, the cluster before its servers', () => {
  const ill = healthy
    .with('db10', { lagSeconds: 99, writeMode: 'writable' })
    .with('db2', { lagSeconds: 99, log: { enabled: false } })
    .primary('db9', { number: 1 });
  expect(findingsOf(ill).map(({ severity, code, serverName }) => [severity, code, serverName])).toEqual([
    ['critical', 'several-writable', undefined],
    ['warning', 'duplicate-server-id', 'db1'],
    ['warning', 'duplicate-server-id', 'db9'],
    ['warning', 'replica-lagging', 'db2'],
    ['warning', 'replica-lagging', 'db10'],
    ['warning', 'replica-writable', 'db10'],
    ['notice', 'replica-without-log', 'db2'],
  ]);
});

test('a finding bears its cluster, its server, and whether anybody is to be called', () => {
  const downtime = { until: testTime + 1, owner: 'marc', reason: 'disk' };
  const [finding] = findingsOf(healthy.with('db2', { lagSeconds: 99, downtime, name: 'two' }));
  expect(finding).toMatchObject({ cluster: 'orders', server: 'db2', serverName: 'two', downtimed: true });
});

test('the findings survive JSON as they are', () => {
  const findings = findingsOf(healthy.with('db1', { unreachable: true }).with('db2', { errant: 1 }));
  expect(JSON.parse(JSON.stringify(findings))).toEqual(findings);
});
