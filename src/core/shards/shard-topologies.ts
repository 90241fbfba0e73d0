/** A cluster of several primaries, taken apart: each of them with its replicas is a topology of its own. */
import type { ServerId } from '../identity.ts';
import type { Node, Topology } from '../topology.ts';

/** By the primary's id; in the order of the whole. */
export function shardTopologies(topology: Topology): ReadonlyMap<ServerId, Topology> {
  const tops = new Map<ServerId, ServerId>();
  const byTop = new Map<ServerId, Node[]>();
  // Each node comes before its replicas.
  for (const node of topology.nodes) {
    const top = (node.source === undefined ? undefined : tops.get(node.source)) ?? node.id;
    tops.set(node.id, top);
    byTop.set(top, [...(byTop.get(top) ?? []), node]);
  }
  return new Map([...byTop].map(([top, nodes]) => [top, { ...topology, nodes }]));
}

/** The one that a server belongs to. */
export function shardTopologyOf(topology: Topology, id: ServerId): Topology | undefined {
  return [...shardTopologies(topology).values()].find(({ nodes }) => nodes.some((node) => node.id === id));
}
