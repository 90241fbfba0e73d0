import type { ClusterSight } from './cluster-sight.ts';
import { nodeIn } from './cluster-view.ts';

/**
 * Without nodes that nobody else knows: one that was taken out of the cluster, or is not in it yet, may still be watched, and
 * would be taken for a primary without slots. One that is all alone is kept.
 */
export function membersOnly(sights: readonly ClusterSight[]): readonly ClusterSight[] {
  const known = sights.filter(({ view: { by } }) =>
    sights.some(({ view }) => view.by !== by && nodeIn(view, by) !== undefined),
  );
  return known.length === 0 ? sights : known;
}
