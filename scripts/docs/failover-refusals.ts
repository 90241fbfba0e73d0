/** One cluster, or one moment, for each refusal of a failover, so that the page shows the words in which it is said. */
import type { Doubt } from '../../src/core/failover/doubt.ts';
import { planFailover } from '../../src/core/failover/plan-failover.ts';
import { operationId, type ServerId } from '../../src/core/identity.ts';
import { type RecoveryFacts, recoveryRefusals } from '../../src/core/recovery/may-recover.ts';
import type { Refusal, RefusalCode } from '../../src/core/switchover-request.ts';
import { type ClusterBuilder, cluster, nodeNamed, testTime } from '../../src/core/testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../../src/core/testing/counted-positions.ts';
import { judgedDead } from '../../src/core/testing/judged.ts';
import type { ServerTraits } from '../../src/core/testing/server-traits.ts';
import type { Node } from '../../src/core/topology.ts';

interface Stage {
  readonly cluster: ClusterBuilder;
  /** The survivor that is named. */
  readonly to?: string;
  readonly verdict?: 'alive' | 'unsure';
  /** It may have been promoted by an operation that was given up. */
  readonly doubted?: string;
}

const dead = cluster('orders').primary('db1', { unreachable: true });
const orders = dead.replica('db2').replica('db3');
const downtime = { until: testTime + 3_600_000, owner: 'ann', reason: 'disk swap' };
const duplicate = { code: 1062, message: "Duplicate entry '7' for key 'PRIMARY'" };

const onSurvivor = (traits: ServerTraits): Stage => ({ cluster: orders.with('db2', traits), to: 'db2' });
/** Of one that is not named. */
const among = (traits: ServerTraits): Stage => ({ cluster: orders.with('db2', traits).without('db3') });

const stages: Partial<Readonly<Record<RefusalCode, Stage>>> = {
  'primary-alive': { cluster: orders, verdict: 'alive' },
  'primary-unsure': { cluster: orders, verdict: 'unsure' },
  'possible-primary': { cluster: orders.with('db2', { unreachable: true }), doubted: 'db2' },
  'no-survivor': { cluster: dead },
  'not-direct': { cluster: orders.with('db3', { source: 'db2' }), to: 'db3' },
  'candidate-banned': onSurvivor({ promotionRule: 'must_not' }),
  'candidate-downtimed': among({ downtime }),
  'candidate-multi-source': onSurvivor({ extraSources: ['192.0.2.9:3306'] }),
  'candidate-gtid-off': onSurvivor({ gtid: false }),
  'candidate-not-logging': onSurvivor({ log: { logsReplicated: false } }),
  'candidate-broken': onSurvivor({ applierError: duplicate }),
  'candidate-errant': onSurvivor({ errant: 3 }),
  'candidate-filtered': onSurvivor({ filters: ['Replicate_Ignore_DB: scratch'] }),
  'candidate-older': onSurvivor({ version: '10.6.21' }),
  'candidate-other-data-center': {
    cluster: cluster('orders')
      .primary('db1', { unreachable: true, dataCenter: 'a' })
      .replica('db2', { dataCenter: 'b' }),
  },
};

/** Undefined where there is none to show. Throws when a stage is not refused in that way. */
export function failoverExampleOf(code: RefusalCode): Refusal | undefined {
  const stage = stages[code];
  return stage && found(code, refusalsOf(stage));
}

/** It may have been promoted by an operation that was given up. */
export function doubtOf({ id, name, address }: Node): readonly [ServerId, Doubt] {
  return [id, { operation: operationId('op-mwqjeh5l-40b0'), at: testTime, name, address }];
}

function refusalsOf({ cluster: built, to, verdict, doubted }: Stage): readonly Refusal[] {
  const topology = built.topology();
  const because = 'it answers this controller';
  const unsure = 'only one witness cannot reach it; it may be that witness which is cut off';
  const doubts = new Map(doubted === undefined ? [] : [doubtOf(nodeNamed(topology, doubted))]);
  const planned = planFailover({
    situation: { topology, policy: built.policy(), routes: new Map(), doubts },
    dead: nodeNamed(topology, 'db1').id,
    judgement:
      verdict === undefined
        ? judgedDead
        : { ...judgedDead, verdict, because: verdict === 'alive' ? because : unsure },
    request: { cluster: topology.cluster, ...(to === undefined ? {} : { to: nodeNamed(topology, to).id }) },
    engine: { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant },
    positions: countedPositions,
  });
  return planned.ok ? [] : planned.refusals;
}

const limits = { atOnce: 3, brake: { failovers: 5, withinMs: 600_000 } };

const quiet: RecoveryFacts = {
  policy: { ...cluster('orders').primary('db1').policy().failover, mode: 'automatic' },
  limits,
  now: testTime,
  primary: 'db1',
  downtimed: false,
  running: 0,
  recent: 0,
};

const moments: Partial<Readonly<Record<RefusalCode, RecoveryFacts>>> = {
  'failover-off': { ...quiet, policy: { ...quiet.policy, mode: 'manual' } },
  'observe-only': { ...quiet, policy: { ...quiet.policy, mode: 'observe' } },
  'in-downtime': { ...quiet, downtimed: true },
  'in-maintenance': { ...quiet, maintenance: { until: testTime + 1_800_000, reason: 'its weekly window' } },
  'too-soon': { ...quiet, lastFailoverAt: testTime - 600_000 },
  'too-many-failovers': { ...quiet, recent: 5 },
};

export function recoveryExampleOf(code: RefusalCode): Refusal | undefined {
  const moment = moments[code];
  return moment && found(code, recoveryRefusals(moment));
}

function found(code: RefusalCode, refusals: readonly Refusal[]): Refusal {
  const refusal = refusals.find((each) => each.code === code);
  if (refusal !== undefined) return refusal;
  throw new Error(`the example of ${code} is refused for ${refusals.map((each) => each.code).join(', ')}`);
}
