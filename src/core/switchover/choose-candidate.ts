/** Which replica is promoted: the named one if it passes, else the best of those that do. */
import type { ServerId } from '../identity.ts';
import type { Refusal } from '../switchover-request.ts';
import { nodeById, replicasOf } from '../topology.ts';
import { candidateRefusals, olderSeries } from './candidate-rules.ts';
import {
  byOwnPriority,
  byPromotionRule,
  byReplicasFed,
  type Criterion,
  rankCandidates,
} from './rank-candidates.ts';
import { lagMs, type SeenNode, type Situation } from './situation.ts';

export type Choice =
  | {
      readonly ok: true;
      readonly candidate: SeenNode;
      readonly reasons: readonly string[];
      readonly passedOver: readonly Refusal[];
    }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** In order of weight: a later one only decides among equals of all before it. */
const criteria: readonly Criterion<SeenNode>[] = [
  byPromotionRule,
  byOwnPriority,
  {
    because: 'it is in the primary’s data centre',
    measure: (candidate, primary) => (candidate.settings.dataCenter === primary.settings.dataCenter ? 0 : 1),
  },
  {
    because: 'it runs the primary’s release, so the old primary can follow it',
    measure: (candidate, primary) => (olderSeries(primary.seen.version, candidate.seen.version) ? 1 : 0),
  },
  { because: 'it lags the least', measure: (candidate) => lagMs(candidate) ?? Number.MAX_SAFE_INTEGER },
  byReplicasFed,
];

export function chooseCandidate(
  situation: Situation,
  primary: SeenNode,
  named: ServerId | undefined,
): Choice {
  return named === undefined ? chooseBest(situation, primary) : chooseNamed(situation, primary, named);
}

function chooseNamed(situation: Situation, primary: SeenNode, named: ServerId): Choice {
  const candidate = nodeById(situation.topology, named);
  if (!candidate) {
    return refuse({
      code: 'not-a-replica',
      server: named,
      fact: 'the server is not in this cluster',
      needs: 'a member of the cluster',
    });
  }
  const refusals = candidateRefusals(candidate, { situation, primary, named: true });
  if (refusals.length > 0 || !candidate.seen) return { ok: false, refusals };
  return { ok: true, candidate: candidate as SeenNode, reasons: ['it was named'], passedOver: [] };
}

function chooseBest(situation: Situation, primary: SeenNode): Choice {
  const replicas = replicasOf(situation.topology, primary.id);
  const judged = replicas.map((node) => ({
    node,
    refusals: candidateRefusals(node, { situation, primary, named: false }),
  }));
  const passedOver = judged.flatMap(({ refusals }) => refusals);
  const obliged = judged.filter(({ node }) => node.settings.promotionRule === 'must');
  const pool = (obliged.length > 0 ? obliged : judged).filter(({ refusals }) => refusals.length === 0);
  const accepted = pool.map(({ node }) => node as SeenNode);
  const { sorted, because } = rankCandidates(accepted, criteria, primary);
  const candidate = sorted[0];
  if (!candidate) {
    const fact =
      replicas.length === 0
        ? `${primary.name} has no replicas`
        : obliged.length > 0
          ? 'the server with promotion rule must cannot be promoted'
          : 'no replica can be promoted';
    return {
      ok: false,
      refusals: [{ code: 'no-candidate', fact, needs: 'a replica that passes every check' }, ...passedOver],
    };
  }
  return {
    ok: true,
    candidate,
    reasons: [because ?? 'it is the only replica that passes every check'],
    passedOver,
  };
}

function refuse(refusal: Refusal): Choice {
  return { ok: false, refusals: [refusal] };
}
