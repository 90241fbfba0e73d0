/** One cluster in one line. */
import { operationId } from '../core/identity.ts';
import type { ClusterSummary } from './control-plane.ts';
import type { WatchedCluster } from './watched-cluster.ts';

/** `running`: the operation that runs there. */
export function summaryOf(cluster: WatchedCluster, running: string | undefined): ClusterSummary {
  const topology = cluster.topology();
  const findings = cluster.findings();
  const primary = cluster.primary(topology)?.name;
  const worst = findings[0]?.severity;
  return {
    name: topology.cluster,
    engine: topology.engine,
    servers: topology.nodes.length,
    ...(primary === undefined ? {} : { primary }),
    findings: findings.length,
    ...(worst === undefined ? {} : { worst }),
    ...(running === undefined ? {} : { runningOperation: operationId(running) }),
  };
}
