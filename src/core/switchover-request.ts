/** What was asked for, and the words in which it is refused. */
import type { ClusterName, ServerId } from './identity.ts';
import type { ChangeRefusalCode } from './shards/change-refusal.ts';
import type { HandOverMode, HandOverRefusalCode } from './shards/hand-over-facts.ts';

export interface RequestedSwitchover {
  readonly cluster: ClusterName;
  /** The candidate by id; absent: choose. */
  readonly to?: ServerId;
  /** Of engines whose servers hand over among themselves; absent: the gentlest that can work. */
  readonly mode?: HandOverMode;
  /** Of a failover: a person accepts that acknowledged writes may be lost. */
  readonly acceptDataLoss?: { readonly by: string; readonly reason?: string };
}

/** Stable codes: scripts depend on them. */
export type RefusalCode =
  | HandOverRefusalCode
  | ChangeRefusalCode
  | 'nothing-to-change'
  | 'not-sharded'
  | 'shard-not-named'
  | 'mode-unknown'
  | 'no-primary'
  | 'several-primaries'
  | 'co-primaries'
  | 'primary-unreachable'
  | 'primary-read-only'
  | 'primary-gtid-off'
  | 'primary-not-logging'
  | 'primary-replicates'
  | 'primary-filtered'
  | 'no-candidate'
  | 'already-primary'
  | 'not-a-replica'
  | 'not-direct'
  | 'candidate-unreachable'
  | 'candidate-banned'
  | 'candidate-downtimed'
  | 'candidate-stopped'
  | 'candidate-broken'
  | 'candidate-lagging'
  | 'candidate-delayed'
  | 'candidate-errant'
  | 'candidate-writable'
  | 'candidate-older'
  | 'candidate-filtered'
  | 'candidate-not-logging'
  | 'candidate-log-format'
  | 'candidate-gtid-off'
  | 'candidate-other-data-center'
  | 'candidate-multi-source'
  | 'candidate-duplicate-id'
  | 'sibling-unreachable'
  | 'sibling-broken'
  | 'sibling-errant'
  | 'sibling-older'
  | 'long-transaction'
  | 'route-unreachable'
  | 'topology-changed'
  | 'operation-running'
  | 'primary-alive'
  | 'primary-unsure'
  | 'possible-primary'
  | 'no-survivor'
  | 'failover-off'
  | 'observe-only'
  | 'in-downtime'
  | 'in-maintenance'
  | 'too-soon'
  | 'too-many-failovers'
  | 'nothing-to-rejoin'
  | 'nothing-to-repair'
  | 'repair-impossible'
  | 'no-agent'
  | 'feeds-replicas';

export interface Refusal {
  readonly code: RefusalCode;
  readonly server?: ServerId;
  /** The fact that stands in the way. */
  readonly fact: string;
  /** What would have to be true. */
  readonly needs: string;
}
