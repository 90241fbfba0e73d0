/** All that is wrong with a cluster of several primaries: shard by shard, and as a whole. */
import { diagnose } from '../diagnosis/diagnose.ts';
import type { Finding } from '../finding.ts';
import type { ServerId } from '../identity.ts';
import type { ClusterPolicy } from '../policy.ts';
import { nodeById, type Topology } from '../topology.ts';
import { findInCluster } from './cluster-findings.ts';
import type { ClusterFinding } from './cluster-rule.ts';
import type { Placements } from './placement.ts';
import type { ShardSituation } from './shard-situation.ts';
import { shardTopologies } from './shard-topologies.ts';

const rank = { critical: 0, warning: 1, notice: 2 } as const;

export function shardFindings(
  topology: Topology,
  policy: ClusterPolicy,
  { picture, sights, nameOf: name }: ShardSituation,
): readonly Finding[] {
  const migrationAllowed = new Map([...sights].map(([id, { migrates }]) => [id, migrates]));
  const ofCluster = findInCluster(picture, { placements: placementsOf(topology), migrationAllowed, name });
  const ofShards = [...shardTopologies(topology).values()].flatMap((shard) =>
    // That the whole cluster has none is said of a cluster with one primary.
    diagnose(shard, policy).filter(({ code }) => code !== 'no-primary'),
  );
  return [...ofCluster.map((found) => asFinding(found, topology)), ...ofShards].sort(
    (a, b) => rank[a.severity] - rank[b.severity],
  );
}

/** A host is an address, and a zone a data centre, as far as people have said. */
function placementsOf({ nodes }: Topology): Placements {
  return new Map(
    nodes.map(({ id, address, settings }): [ServerId, { host: string; zone?: string }] => [
      id,
      { host: address.host, ...(settings.dataCenter === undefined ? {} : { zone: settings.dataCenter }) },
    ]),
  );
}

function asFinding(
  { code, severity, node: id, summary, evidence, remedy, blocks }: ClusterFinding,
  topology: Topology,
): Finding {
  const node = id === undefined ? undefined : nodeById(topology, id);
  return {
    code,
    severity,
    cluster: topology.cluster,
    ...(id === undefined ? {} : { server: id, serverName: node?.name ?? id.slice(0, 8) }),
    summary,
    evidence: { ...evidence, remedy },
    blocks,
    downtimed: node?.downtimed ?? false,
  };
}
