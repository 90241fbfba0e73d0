/** The direct replicas of a primary, which Orchestrator's structure warnings are about. */
import { nodeById, replicasOf, type Topology } from '../topology.ts';
import { isSeen, type SeenNode } from './seen.ts';

/** Those of several direct replicas of `primary` that others could follow: they log what they apply. */
export function loggingReplicas(primary: SeenNode, topology: Topology): readonly SeenNode[] {
  return familyOf(primary, topology).filter(({ seen }) => seen.log.enabled && seen.log.logsReplicated);
}

/** Empty unless `node` is a primary with several direct replicas, or one of those. */
export function familyOf(node: SeenNode, topology: Topology): readonly SeenNode[] {
  const source = node.source === undefined ? undefined : nodeById(topology, node.source);
  const head = node.role === 'primary' ? node : source;
  if (head?.role !== 'primary') return [];
  const replicas = replicasOf(topology, head.id).filter(isSeen);
  return replicas.length > 1 ? replicas : [];
}
