/** What is wrong with a cluster, in stable codes. Rules live in `diagnosis/`. */
import type { ClusterName, ServerId } from './identity.ts';

export type FindingCode =
  | 'no-primary'
  | 'several-writable'
  | 'primary-unreachable'
  | 'server-unreachable'
  | 'primary-read-only'
  | 'replica-stopped'
  | 'replica-broken'
  | 'replica-lagging'
  | 'replica-writable'
  | 'replica-without-log'
  | 'errant-transactions'
  | 'duplicate-server-id'
  | 'filters-differ'
  | 'version-older-than-source'
  | 'gtid-off'
  | 'long-transaction'
  | 'route-elsewhere'
  | 'route-unreachable';

export type Severity = 'critical' | 'warning' | 'notice';

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
  readonly blocks: readonly ('switchover' | 'candidacy')[];
  /** The server is in downtime: shown, but nobody is called. */
  readonly downtimed: boolean;
}
