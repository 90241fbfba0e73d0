/** What one look at a node of a cluster told besides the state of the node itself. */
import type { ClusterView } from './cluster-view.ts';
import type { ServerKind } from './election-cooldown.ts';

export interface ClusterSight {
  readonly view: ClusterView;
  /** `cluster-node-timeout`, milliseconds. */
  readonly nodeTimeoutMs: number;
  readonly server: ServerKind;
  /** `cluster-allow-replica-migration`. */
  readonly migrates: boolean;
  /**
   * How many requests for votes it has sent since it started (`cluster_stats_messages_auth-req_sent`): it grows whenever
   * the node stands for election, be it elected or not, and by nothing else.
   */
  readonly stood: number;
  /** Of a replica: its link to its primary. */
  readonly replication?: 'up' | 'down';
}
