import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOfCode } from '../testing/findings-of.ts';

const found = (builder: ClusterBuilder) => findingsOfCode('replica-stopped', builder);
const healthy = cluster('orders').primary('db1').replica('db2');

test('a replica that runs or connects is not stopped', () => {
  expect(found(healthy)).toEqual([]);
  expect(found(healthy.with('db2', { receiver: 'connecting' }))).toEqual([]);
});

test('one with a thread stopped and no error is', () => {
  expect(found(healthy.with('db2', { applier: 'stopped' }))).toMatchObject([
    {
      server: 'db2',
      severity: 'warning',
      orchestrator: 'not_replicating',
      summary: 'db2 does not replicate from db1: applier stopped',
      evidence: { channel: '', source: 'db1', receiver: 'running', applier: 'stopped' },
      blocks: ['candidacy'],
    },
  ]);
});

test('both threads are named when both are', () => {
  const stopped = healthy.with('db2', { receiver: 'stopped', applier: 'stopped' });
  expect(found(stopped)[0]?.summary).toContain('receiver and applier stopped');
});

test('one that an error stopped is told as broken instead', () => {
  const error = { code: 1062, message: 'duplicate' };
  expect(found(healthy.with('db2', { applierError: error, receiver: 'stopped' }))).toEqual([]);
});

test('the last look at a silent replica is not told', () => {
  expect(found(healthy.with('db2', { applier: 'stopped', unreachable: true }))).toEqual([]);
});

test('a co-primary that could start again at any time is told', () => {
  const ring = cluster().primary('a', { source: 'b', receiver: 'stopped', applier: 'stopped' }).replica('b');
  expect(found(ring)).toMatchObject([{ server: 'a' }]);
});
