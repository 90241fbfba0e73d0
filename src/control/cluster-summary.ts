/** One cluster in one line. */
import { operationId } from '../core/identity.ts';
import type { Topology } from '../core/topology.ts';
import type { ClusterSummary } from './control-plane.ts';
import type { WatchedCluster } from './watched-cluster.ts';

/** `running`: the operation that runs there. */
export function summaryOf(cluster: WatchedCluster, running: string | undefined): ClusterSummary {
  const topology = cluster.topology();
  const findings = cluster.findings();
  const primary = cluster.engine.handsOver ? undefined : cluster.primary(topology)?.name;
  const worst = findings[0]?.severity;
  return {
    name: topology.cluster,
    engine: topology.engine,
    servers: topology.nodes.length,
    ...(primary === undefined ? {} : { primary }),
    ...(cluster.engine.handsOver ? { primaries: answeringPrimaries(topology) } : {}),
    findings: findings.length,
    ...(worst === undefined ? {} : { worst }),
    ...(running === undefined ? {} : { runningOperation: operationId(running) }),
  };
}

const answeringPrimaries = ({ nodes }: Topology): number =>
  nodes.filter(({ role, reachable }) => role === 'primary' && reachable).length;
