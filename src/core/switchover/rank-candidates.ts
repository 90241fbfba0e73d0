/** How servers that may all be promoted are put in order, and why the first is the first: one for all kinds of plans. */
import type { PromotionRule } from '../policy.ts';
import type { SeenNode } from './situation.ts';

/** `Context`: what a candidate is measured against. */
export interface Criterion<Context> {
  readonly because: string;
  /** Less is better. */
  measure(candidate: SeenNode, context: Context): number;
}

const rank: Readonly<Record<PromotionRule, number>> = {
  must: 0,
  prefer: 1,
  neutral: 2,
  prefer_not: 3,
  must_not: 4,
};

export const byPromotionRule: Criterion<unknown> = {
  because: 'its promotion rule is the best',
  measure: ({ settings }) => rank[settings.promotionRule],
};

/** After the operator's word in the policy, the server's own; those of engines that have none are equal. */
export const byOwnPriority: Criterion<unknown> = {
  because: 'its own priority is the first',
  measure: ({ seen }) => seen.promotionPriority ?? 0,
};

export const byReplicasFed: Criterion<unknown> = {
  because: 'it feeds the most replicas already',
  measure: ({ replicas }) => -replicas.length,
};

export interface Ranked {
  /** The best first; among equals by name. */
  readonly sorted: readonly SeenNode[];
  /** What put the first before the second; undefined when there is no second. */
  readonly because: string | undefined;
}

/** In order of weight: a later criterion only decides among equals of all before it. */
export function rankCandidates<Context>(
  candidates: readonly SeenNode[],
  criteria: readonly Criterion<Context>[],
  context: Context,
): Ranked {
  const sorted = candidates.toSorted((a, b) => {
    const deciding = differing(a, b);
    if (deciding) return deciding.measure(a, context) - deciding.measure(b, context);
    return a.name < b.name ? -1 : 1;
  });
  const [first, second] = sorted;
  const because =
    first && second && (differing(first, second)?.because ?? 'it comes first by name among equals');
  return { sorted, because };

  function differing(a: SeenNode, b: SeenNode): Criterion<Context> | undefined {
    return criteria.find(({ measure }) => measure(a, context) !== measure(b, context));
  }
}
