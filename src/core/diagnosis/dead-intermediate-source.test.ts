import { expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOf } from '../testing/findings-of.ts';

const healthy = cluster('orders').primary('db1').replica('db2').replica('db3', { source: 'db2' });
const silent = healthy.with('db2', { unreachable: true });
const about = (builder: ClusterBuilder) => findingsOf(builder).filter(({ server }) => server === 'db2');

test('a silent intermediate source that still feeds its replica is not dead', () => {
  expect(about(silent)).toMatchObject([
    {
      code: 'intermediate-source-unreachable',
      orchestrator: 'UnreachableIntermediateMaster',
      severity: 'warning',
      summary: 'db2 cannot be reached: the connection is refused; its 1 replica still replicates from it',
      blocks: ['candidacy'],
    },
  ]);
});

test('one that its replica lost is dead', () => {
  expect(about(silent.with('db3', { receiver: 'connecting' }))).toMatchObject([
    {
      code: 'dead-intermediate-source',
      orchestrator: 'DeadIntermediateMasterWithSingleReplica',
      summary: 'db2 cannot be reached: the connection is refused; its replica does not replicate',
    },
  ]);
});

test('one whose replica was stopped by hand has no witness against it', () => {
  const stopped = silent.with('db3', { receiver: 'stopped', applier: 'stopped' });
  expect(about(stopped)).toMatchObject([
    {
      code: 'intermediate-source-unreachable',
      orchestrator: 'DeadIntermediateMasterWithSingleReplica',
      summary:
        'db2 cannot be reached: the connection is refused; its replica does not replicate, but was stopped, not cut off',
    },
  ]);
});
