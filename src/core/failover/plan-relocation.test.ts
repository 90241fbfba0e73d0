import { describe, expect, it } from 'vitest';
import type { Planned } from '../switchover/plan-switchover.ts';
import { type ClusterBuilder, cluster, nodeNamed } from '../testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../testing/counted-positions.ts';
import { judgedDead } from '../testing/judged.ts';
import { planRelocation } from './plan-relocation.ts';

const engine = { title: 'MySQL', privilegedMayWrite: true, errant: countedErrant };

/** Of the replicas of db2, which is dead. */
function plan(built: ClusterBuilder): Planned {
  const topology = built.topology();
  return planRelocation({
    topology,
    policy: built.policy(),
    dead: nodeNamed(topology, 'db2').id,
    judgement: judgedDead,
    engine,
    positions: countedPositions,
  });
}

const middle = () => cluster().primary('db1').replica('db2', { unreachable: true }).replica('db3');
const below = { source: 'db2' } as const;
const withoutGtids = { ...below, gtid: false, seen: { anonymous: true } } as const;

const moved = (planned: Planned): readonly string[] =>
  planned.ok ? planned.plan.steps.flatMap(({ id }) => (id.startsWith('follow:') ? [id] : [])) : [];

describe('the orphans of a dead intermediate source', () => {
  it('are put under a sibling of it', () => {
    const planned = plan(middle().replica('db4', below));
    expect(planned.ok && planned.plan.to.name).toBe('db3');
    expect(moved(planned)).toEqual(['follow:db4']);
    expect(planned.ok && planned.plan.warnings).toEqual([]);
  });

  it('are named in a warning, each of them, where they are left under it', () => {
    const planned = plan(
      middle()
        .replica('db4', below)
        .replica('db5', withoutGtids)
        .replica('db6', { ...below, unreachable: true }),
    );
    expect(moved(planned)).toEqual(['follow:db4']);
    expect(planned.ok && planned.plan.warnings).toEqual([
      'db5 has no GTIDs, and is left under db2',
      'db6 does not answer, and is left under db2',
    ]);
  });

  it('are refused for what they lack, when none of them has GTIDs', () => {
    const planned = plan(middle().replica('db4', withoutGtids).replica('db5', withoutGtids));
    const refused = planned.ok ? [] : planned.refusals.map(({ code, server }) => [code, server]);
    expect(refused).toEqual([
      ['candidate-gtid-off', 'db4'],
      ['candidate-gtid-off', 'db5'],
    ]);
  });
});
