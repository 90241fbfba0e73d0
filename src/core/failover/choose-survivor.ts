/** Which survivor takes over: the named one if it passes, else the best of those that do. */
import type { FindErrant } from '../distance.ts';
import type { ServerId } from '../identity.ts';
import type { PositionAlgebra } from '../positions.ts';
import { carriedRoute } from '../switchover/carried-routes.ts';
import type { Choice } from '../switchover/choose-candidate.ts';
import {
  byOwnPriority,
  byPromotionRule,
  byReplicasFed,
  type Criterion,
  rankCandidates,
} from '../switchover/rank-candidates.ts';
import { lagMs, type SeenNode, type Situation } from '../switchover/situation.ts';
import { type Node, nodeById, replicasOf } from '../topology.ts';
import { isPossible } from './possible-primaries.ts';
import { surplusAgainst, survivorRefusals } from './survivor-rules.ts';

interface Contest {
  readonly situation: Situation;
  readonly dead: Node;
  /** How many transactions that any survivor received it lacks. */
  lacks(node: SeenNode): number;
  /** An operation that was given up may have promoted it, and what it has or does says so. */
  took(node: SeenNode): boolean;
}

const byReceived: Criterion<Contest> = {
  because: 'it has received the most',
  measure: (node, { lacks }) => lacks(node),
};

/** In order of weight: a later one only decides among equals of all before it. */
const criteria: readonly Criterion<Contest>[] = [
  {
    because: 'it has taken writes already: an operation that was given up had promoted it',
    measure: (node, { took }) => (took(node) ? 0 : 1),
  },
  // Orchestrator's CoMasterRecoveryMustPromoteOtherCoMaster.
  {
    because: 'it was the other half of the pair',
    measure: ({ role, settings }) => (role === 'co-primary' && settings.promotionRule !== 'must_not' ? 0 : 1),
  },
  byPromotionRule,
  byOwnPriority,
  {
    because: 'it is not too far behind',
    measure: (node, { situation }) =>
      (lagMs(node) ?? 0) > situation.policy.failover.maxLagMs || (node.channel?.delaySeconds ?? 0) > 0
        ? 1
        : 0,
  },
  {
    because: 'it is in the dead primary’s region',
    measure: ({ settings }, { dead }) => (settings.region === dead.settings.region ? 0 : 1),
  },
  {
    because: 'it is in the dead primary’s data centre',
    measure: ({ settings }, { dead }) => (settings.dataCenter === dead.settings.dataCenter ? 0 : 1),
  },
  // Before what was received: that is fetched from the others, but clients wait for as long as the agent is away.
  {
    because: 'the address that moves can come to it now',
    measure: ({ host }, { situation }) =>
      host?.failure !== undefined && carriedRoute(situation.policy.routes) !== undefined ? 1 : 0,
  },
  byReceived,
  {
    because: 'it is read-only, as a replica should be',
    measure: ({ seen }) => (seen.writeMode === 'writable' ? 1 : 0),
  },
  byReplicasFed,
];

export interface Vacancy {
  readonly situation: Situation;
  readonly dead: Node;
  readonly positions: PositionAlgebra;
  readonly errant: FindErrant;
  /** What another survivor has received more is lost: see `Engine.keepsNoLog`. */
  readonly keepsNoLog?: boolean;
}

export function chooseSurvivor(vacancy: Vacancy, named: ServerId | undefined): Choice {
  const { situation, dead, positions, errant, keepsNoLog = false } = vacancy;
  const { topology } = situation;
  if (named !== undefined) {
    const candidate = nodeById(topology, named);
    if (!candidate) {
      const fact = 'the server is not in this cluster';
      const refusal = {
        code: 'not-a-replica',
        server: named,
        fact,
        needs: 'a member of the cluster',
      } as const;
      return { ok: false, refusals: [refusal] };
    }
    const refusals = survivorRefusals(candidate, { situation, dead, errant, positions, named: true });
    if (refusals.length > 0) return { ok: false, refusals };
    return { ok: true, candidate: candidate as SeenNode, reasons: ['it was named'], passedOver: [] };
  }
  const replicas = replicasOf(topology, dead.id);
  const judged = replicas.map((node) => ({
    node,
    refusals: survivorRefusals(node, { situation, dead, errant, positions, named: false }),
  }));
  const passedOver = judged.flatMap(({ refusals }) => refusals);
  const fit = judged.flatMap(({ node, refusals }) => (refusals.length === 0 ? [node as SeenNode] : []));
  const obliged = fit.filter(({ settings }) => settings.promotionRule === 'must');
  const pool = obliged.length > 0 ? obliged : fit;
  const took = (node: SeenNode): boolean =>
    isPossible(node, situation, dead.id) &&
    (node.seen.writeMode === 'writable' || surplusAgainst(node, dead, errant) !== undefined);
  const contest: Contest = { situation, dead, lacks: lacking(pool, positions), took };
  const { sorted, because } = rankCandidates(
    pool,
    keepsNoLog ? [byReceived, ...criteria] : criteria,
    contest,
  );
  const [candidate] = sorted;
  if (!candidate) {
    const fact = replicas.length === 0 ? `${dead.name} has no replicas` : 'no survivor can take over';
    const refusal = { code: 'no-survivor', fact, needs: 'a survivor that passes every check' } as const;
    return { ok: false, refusals: [refusal, ...passedOver] };
  }
  return {
    ok: true,
    candidate,
    reasons: [because ?? 'it is the only survivor that passes every check'],
    passedOver,
  };
}

/** What a server has received, as far as its last look told. */
function lacking(pool: readonly SeenNode[], positions: PositionAlgebra): (node: SeenNode) => number {
  const received = new Map(
    pool.map((node) => {
      const { executed } = node.seen;
      const more = node.channel?.received;
      return [node.id, more === undefined ? executed : positions.union(executed, more)];
    }),
  );
  const [first, ...rest] = received.values();
  const all = first && rest.reduce((a, b) => positions.union(a, b), first);
  return ({ id }) => {
    const own = received.get(id);
    return all === undefined || own === undefined ? 0 : positions.missing(all, own).count;
  };
}
