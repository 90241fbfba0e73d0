import type { Topology } from '../topology.ts';
import type { Match, Rule } from './rule.ts';
import { everSeen, isTop, type SeenNode } from './seen.ts';

export const filtersDiffer: Rule = {
  code: 'filters-differ',
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'A server that filters lacks data others have; made primary, the rest of the cluster loses what it never took. Filters on the log of the primary keep data from every replica.',
  find: (topology) => [...filteringReplicas(topology), ...filteringPrimaries(topology)],
};

/**
 * A replica is measured by all servers of the cluster, its primary among them: that every replica leaves out
 * the same is no comfort to the one that takes over.
 */
function filteringReplicas(topology: Topology): readonly Match[] {
  const seen = everSeen(topology);
  const isShared = new Set(seen.map((node) => filtersOf(node).join('\n'))).size < 2;
  if (isShared) return [];
  return seen
    .filter((node) => filtersOf(node).length > 0)
    .map((node) => ({
      server: node,
      summary: `${node.name} leaves out what others have: ${filtersOf(node).join(', ')}`,
      evidence: { filters: filtersOf(node).join(', '), where: 'replication' },
    }));
}

/** Of the channel the tree is made of: what further sources bring is no part of the cluster's data. */
function filtersOf(node: SeenNode): readonly string[] {
  return [...(node.channel?.filters ?? [])].sort();
}

function filteringPrimaries(topology: Topology): readonly Match[] {
  return everSeen(topology)
    .filter((node) => isTop(node) && node.seen.log.filters.length > 0)
    .map((node) => ({
      server: node,
      summary: `${node.name} does not log all that is written on it: ${node.seen.log.filters.join(', ')}`,
      evidence: { filters: node.seen.log.filters.join(', '), where: 'log' },
      blocks: ['switchover'],
    }));
}
