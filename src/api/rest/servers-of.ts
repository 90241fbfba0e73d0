/** A cluster's nodes as servers that stand by themselves. */
import type { Server } from '../../contract/topology-schema.ts';
import type { Topology } from '../../core/topology.ts';

export function serversOf(topology: Topology): readonly Server[] {
  return topology.nodes.map((node) => ({ ...node, cluster: topology.cluster }));
}
