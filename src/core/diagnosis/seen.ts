/** Which servers a rule may judge. State is judged by a fresh look only; what is configured, by the last one. */
import type { Observation } from '../observation.ts';
import { type Node, standsAside, type Topology } from '../topology.ts';

export type SeenNode = Node & { readonly seen: Observation };

export function isSeen(node: Node): node is SeenNode {
  return node.seen !== undefined;
}

/** Seen at any time, however long ago. */
export function everSeen(topology: Topology): readonly SeenNode[] {
  return topology.nodes.filter(isSeen);
}

/** Those whose last probe answered: what was seen of them holds now. */
export function answering(topology: Topology): readonly SeenNode[] {
  return everSeen(topology).filter((node) => node.reachable);
}

export function takesWrites(node: SeenNode): boolean {
  return node.seen.writeMode === 'writable';
}

/** Of a tree, or of a ring; one that was replaced and takes no writes is neither. */
export function isTop(node: Node): boolean {
  return (node.role === 'primary' || node.role === 'co-primary') && !standsAside(node);
}
