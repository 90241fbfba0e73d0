/** What is wrong with a cluster, in stable codes. Rules live in `diagnosis/`. */
import type { ClusterName, ServerId } from './identity.ts';
import type { Severity } from './severity.ts';
import type { ClusterFindingCode } from './shards/cluster-rule.ts';

export type FindingCode =
  | ClusterFindingCode
  | 'no-primary'
  | 'several-writable'
  | 'dead-primary'
  | 'dead-co-primary'
  | 'primary-unreachable'
  | 'primary-read-only'
  | 'no-replica-replicates'
  | 'semi-sync-locked'
  | 'semi-sync-short'
  | 'semi-sync-inactive'
  | 'semi-sync-surplus'
  | 'dead-intermediate-source'
  | 'intermediate-source-unreachable'
  | 'server-unreachable'
  | 'former-primary'
  | 'replica-stopped'
  | 'replica-broken'
  | 'replica-cannot-connect'
  | 'replica-lagging'
  | 'replica-writable'
  | 'replica-without-log'
  | 'errant-transactions'
  | 'duplicate-server-id'
  | 'filters-differ'
  | 'version-older-than-source'
  | 'replica-versions-differ'
  | 'log-formats-differ'
  | 'gtid-off'
  | 'gtid-modes-differ'
  | 'long-transaction'
  | 'disk-stuck'
  | 'primary-flapping'
  | 'starts-writable'
  | 'agent-silent'
  | 'route-elsewhere'
  | 'route-unreachable';

export interface Finding {
  readonly code: FindingCode;
  /** Orchestrator's name for the same thing, where it has one. */
  readonly orchestrator?: string;
  readonly severity: Severity;
  readonly cluster: ClusterName;
  /** The server it is about; absent when it is about the cluster as a whole. */
  readonly server?: ServerId;
  readonly serverName?: string;
  /** One sentence with the facts in it. */
  readonly summary: string;
  /** The facts by themselves, for machines. */
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;
  /** What cannot be done while it lasts. */
  readonly blocks: readonly ('switchover' | 'failover' | 'candidacy')[];
  /** Which other findings of this cluster are to be handled first: causes before what follows from them. */
  readonly after?: readonly FindingCode[];
  /** The server is in downtime: shown, but nobody is called. */
  readonly downtimed: boolean;
}
