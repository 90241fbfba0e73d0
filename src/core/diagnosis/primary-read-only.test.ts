import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('primary-read-only', builder);
const healthy = cluster('orders').primary('db1').replica('db2');

test('a writable primary is as it should be', () => {
  expect(found(healthy)).toEqual([]);
});

test('a primary that refuses writes is told', () => {
  expect(found(healthy.with('db1', { writeMode: 'super-read-only' }))).toMatchObject([
    {
      server: 'db1',
      severity: 'critical',
      orchestrator: 'NoWriteableMasterStructureWarning',
      summary: 'db1 is the primary and is super-read-only',
      evidence: { writeMode: 'super-read-only', replicas: 1 },
      blocks: ['switchover'],
    },
  ]);
});

test('what a silent primary last was is not told', () => {
  expect(found(healthy.with('db1', { writeMode: 'read-only', unreachable: true }))).toEqual([]);
});

test('a server left without a source beside a working primary is milder', () => {
  expect(found(healthy.primary('db3', { writeMode: 'read-only' }))).toMatchObject([
    {
      server: 'db3',
      severity: 'warning',
      summary: 'db3 follows no server of this cluster and is read-only; db1 takes the writes',
    },
  ]);
});

test('a primary that is silent takes nobody’s writes', () => {
  const alone = healthy.with('db1', { unreachable: true }).primary('db3', { writeMode: 'read-only' });
  expect(found(alone)).toMatchObject([{ server: 'db3', severity: 'critical' }]);
});

test('the top of a standby cluster is to refuse writes', () => {
  const standby = cluster().primary('db1', { source: '192.0.2.1', writeMode: 'read-only' }).replica('db2');
  expect(found(standby)).toEqual([]);
});

test('a replica of a source nobody knows is not taken for a standby, nor for what Orchestrator calls a master', () => {
  const [finding, ...more] = found(healthy.primary('db3', { source: '192.0.2.1', writeMode: 'read-only' }));
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ server: 'db3', severity: 'warning' });
  expect(finding?.orchestrator).toBeUndefined();
});

test('one writable member is enough for a ring', () => {
  expect(found(cluster().primary('a', { source: 'b' }).replica('b'))).toEqual([]);
});

test('a ring where nobody takes writes is told once, by a member that answers', () => {
  const ring = cluster()
    .primary('a', { source: 'b', writeMode: 'read-only', unreachable: true })
    .replica('b')
    .replica('c');
  expect(found(ring)).toMatchObject([
    { server: 'b', severity: 'critical', summary: 'a and b follow each other and none of them takes writes' },
  ]);
  expect(found(ring)[0]?.orchestrator).toBeUndefined();
});
