import { describe, expect, test } from 'vitest';
import { type ClusterBuilder, cluster, testTime } from '../testing/cluster-builder.ts';
import { findingsOf } from '../testing/findings-of.ts';
import { connectError } from '../testing/receiver-errors.ts';
import type { ServerTraits } from '../testing/server-traits.ts';

const lost: ServerTraits = { receiver: 'connecting' };
const gaveUp: ServerTraits = {
  receiverError: connectError(2003, "Error reconnecting to source 'repl@db1:3306'"),
};
const stopped: ServerTraits = { receiver: 'stopped', applier: 'stopped' };
const deaf: ServerTraits = { applier: 'stopped' };
const silent: ServerTraits = { unreachable: true };

const with2 = (db2: ServerTraits, db3: ServerTraits, db1: ServerTraits = silent): ClusterBuilder =>
  cluster('orders').primary('db1', db1).replica('db2', db2).replica('db3', db3);
const about = (builder: ClusterBuilder) => findingsOf(builder).find(({ server }) => server === 'db1');

test('a silent primary that its replicas lost is dead', () => {
  expect(about(with2(lost, lost))).toMatchObject({
    code: 'dead-primary',
    orchestrator: 'DeadMaster',
    severity: 'critical',
    summary: 'db1 cannot be reached: the connection is refused; none of its 2 replicas replicates',
    evidence: { lastSeenAt: testTime - 30_000, replicasReceiving: 0, replicasThatLostIt: 2 },
    blocks: ['switchover'],
  });
});

describe('one witness beside Dauphin is enough', () => {
  test.each<[string, ServerTraits]>([
    ['stopped', stopped],
    ['silent', silent],
    ['gave up connecting', gaveUp],
  ])('where the other replica is %s', (_, other) => {
    expect(about(with2(lost, other))?.code).toBe('dead-primary');
    expect(about(with2(gaveUp, other))?.code).toBe('dead-primary');
  });
});

describe('not dead, though Orchestrator says so', () => {
  test('is one whose replicas were stopped by hand', () => {
    expect(about(with2(stopped, stopped))).toMatchObject({
      code: 'primary-unreachable',
      orchestrator: 'DeadMaster',
      blocks: ['switchover', 'failover'],
    });
    expect(about(with2(stopped, stopped))?.summary).toMatch(/replicates, but was stopped, not cut off$/);
  });

  test('is one that a replica still receives from, though it does not apply', () => {
    expect(about(with2(lost, deaf))).toMatchObject({
      code: 'primary-unreachable',
      orchestrator: 'DeadMaster',
    });
    expect(about(with2(lost, deaf))?.summary).toMatch(/replicates, but 1 still receives from it$/);
  });

  test.each(['access-denied', 'too-many-connections'] as const)('is one that says %s itself', (code) => {
    expect(about(with2(lost, lost, { unreachable: code }))?.code).toBe('primary-unreachable');
    expect(about(with2(lost, lost, { unreachable: 'reset' }))?.code).toBe('dead-primary');
  });
});

test('without any replica that answers there is no second witness', () => {
  expect(about(with2(silent, silent))).toMatchObject({
    code: 'primary-unreachable',
    orchestrator: 'DeadMasterAndReplicas',
  });
  expect(about(cluster().primary('db1', silent))?.code).toBe('primary-unreachable');
});

test('a dead member of a ring is told by itself', () => {
  const ring = cluster()
    .primary('db1', { source: 'b', ...silent })
    .replica('b', lost);
  expect(about(ring)).toMatchObject({ code: 'dead-co-primary', orchestrator: 'DeadCoMaster' });
});

test('in downtime it calls nobody', () => {
  const downtime = { until: testTime + 1, owner: 'marc', reason: 'disk' };
  expect(about(with2(lost, lost, { ...silent, downtime }))).toMatchObject({
    code: 'dead-primary',
    downtimed: true,
  });
});
