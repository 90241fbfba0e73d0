/** The shape of a finding about a cluster, and of the rules that make them. */
import type { Severity } from '../severity.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import type { Placements } from './placement.ts';

export type ClusterFindingCode =
  | 'slots-uncovered'
  | 'slots-open'
  | 'too-few-primaries'
  | 'orphaned-primary'
  | 'shard-without-replica'
  | 'views-disagree'
  | 'epoch-collision'
  | 'node-failed'
  | 'node-suspected'
  | 'replica-with-its-primary'
  | 'primaries-share-host'
  | 'migration-off';

export interface FindingContext {
  /** A node without one is left out of what is said of hosts and zones. */
  readonly placements: Placements;
  /** `cluster-allow-replica-migration` of the nodes whose settings were read. */
  readonly migrationAllowed: ReadonlyMap<NodeId, boolean>;
  /** Which primaries had a replica before; absent: not known, and then each is taken to have had one. */
  readonly hadReplicas?: ReadonlySet<NodeId>;
  readonly name: (id: NodeId) => string;
}

export interface ClusterFinding {
  readonly code: ClusterFindingCode;
  readonly severity: Severity;
  /** The node it is about; absent when it is about the cluster. */
  readonly node?: NodeId;
  /** One sentence with the facts in it. */
  readonly summary: string;
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;
  readonly remedy: string;
  /** Of the shard of `node`; of every shard where no node is named. */
  readonly blocks: readonly ('switchover' | 'failover' | 'candidacy')[];
}

export interface ClusterRule {
  readonly code: ClusterFindingCode;
  readonly severity: Severity;
  readonly blocks: ClusterFinding['blocks'];
  /** Why it matters, for the documentation. */
  readonly because: string;
  /** What to do. */
  readonly remedy: string;
  readonly find: (picture: ClusterPicture, context: FindingContext) => readonly ClusterMatch[];
}

export type ClusterMatch = Pick<ClusterFinding, 'node' | 'summary' | 'evidence'> &
  Partial<Pick<ClusterFinding, 'severity' | 'remedy'>>;
