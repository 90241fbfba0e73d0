import { describe, expect, it } from 'vitest';
import { diagnose } from '../diagnosis/diagnose.ts';
import { operationId, serverId } from '../identity.ts';
import type { FailoverPolicy } from '../policy.ts';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { testPolicy } from '../testing/test-policy.ts';
import { healed, type MoveFacts, moveTable, nextMoves } from './next-moves.ts';

const { failover } = testPolicy('orders', 'mariadb', [], {
  failover: { mode: 'automatic', rejoin: 'automatic' },
});
const replacedBy = operationId('op-1');

function facts(builder: ClusterBuilder, more: Partial<MoveFacts> = {}): MoveFacts {
  const topology = builder.topology();
  return {
    policy: failover,
    topology,
    findings: () => diagnose(topology, builder.policy()),
    made: serverId('db2'),
    suspected: false,
    busy: false,
    maintenance: false,
    ...more,
  };
}

const moves = (builder: ClusterBuilder, more: Partial<MoveFacts> = {}): readonly string[] =>
  nextMoves(facts(builder, more)).map(({ kind, node }) => `${kind} ${node.name}`);

const taken = cluster().primary('db2').replica('db3');
const back = taken.with('db1', { writeMode: 'read-only', replacedBy });
const writable = taken.with('db1', { writeMode: 'writable', replacedBy });
const orphans = taken
  .with('db4', { source: 'db3', receiver: 'connecting' })
  .with('db3', { unreachable: true });

describe('what is done by itself where no primary has died', () => {
  it.each<[string, ClusterBuilder, readonly string[]]>([
    ['nothing while all is well', taken, []],
    ['a former primary becomes a replica again', back, ['rejoin db1']],
    ['one that takes writes is made read-only first', writable, ['fence db1', 'rejoin db1']],
    ['the replicas of a dead intermediate source are put under another', orphans, ['relocate db3']],
  ])('%s', (_what, builder, wanted) => {
    expect(moves(builder)).toEqual(wanted);
  });

  it.each<[string, Partial<FailoverPolicy>, ClusterBuilder, readonly string[]]>([
    ['observing does nothing', { mode: 'observe' }, writable, []],
    ['by hand, two that take writes are not waited with', { mode: 'manual' }, writable, ['fence db1']],
    ['by hand, orphans wait for a person', { mode: 'manual' }, orphans, []],
    ['a rejoin can be left to a person', { rejoin: 'manual' }, back, []],
  ])('%s', (_what, policy, builder, wanted) => {
    expect(moves(builder, { policy: { ...failover, ...policy } })).toEqual(wanted);
  });

  it('waits while the primary is suspected, and while an operation runs', () => {
    expect(moves(writable, { suspected: true })).toEqual([]);
    expect(moves(writable, { busy: true })).toEqual([]);
  });

  const downtime = { until: Number.MAX_SAFE_INTEGER, owner: 'ann', reason: 'new disk' };

  it.each<[string, ClusterBuilder, readonly string[]]>([
    ['a dead intermediate source', orphans.with('db3', { downtime }), []],
    ['a former primary', back.with('db1', { downtime }), []],
    ['one that takes writes but for these', writable.with('db1', { downtime }), ['fence db1']],
  ])('leaves alone what is in downtime: %s', (_what, builder, wanted) => {
    expect(moves(builder)).toEqual(wanted);
  });

  it.each<[string, ClusterBuilder, readonly string[]]>([
    ['the replicas of a dead intermediate source', orphans, []],
    ['a former primary', back, []],
    ['one that takes writes but for these', writable, ['fence db1']],
  ])('leaves alone what is in maintenance: %s', (_what, builder, wanted) => {
    expect(moves(builder, { maintenance: true })).toEqual(wanted);
  });

  it('one dead source in downtime does not hold up another', () => {
    const more = orphans.with('db6', { source: 'db5', receiver: 'connecting' });
    const both = more.with('db5', { source: 'db2', unreachable: true }).with('db3', { downtime });
    expect(moves(both)).toEqual(['relocate db5']);
  });

  it('has a reason for each', () => {
    for (const { because } of moveTable) expect(because).not.toBe('');
  });
});

it('what replicates again is healed', () => {
  expect(healed(back.with('db4', { source: 'db2', unreachable: true }).topology())).toEqual(['db3']);
});
