/**
 * The port that the Sentinel face reads from: what it tells clients, and the one thing that it may ask for. It knows
 * no topology; `view-of-control-plane.ts` implements it over the control plane, tests by hand.
 */
import type { Call } from '../../core/clock.ts';
import type { Address } from '../../core/identity.ts';
import type { Refusal } from '../../core/switchover-request.ts';

export interface InstanceView {
  readonly address: Address;
  /** 40 hexadecimal digits, as Redis's `run_id`; clients only compare it. */
  readonly runId: string;
  /** `subjectively`: this controller cannot reach it; `objectively`: witnesses agree. Absent while it answers. */
  readonly down?: { readonly since: number; readonly how: 'subjectively' | 'objectively' };
  /** When it last answered, epoch milliseconds; absent when it never did. */
  readonly answeredAt?: number;
}

export interface ReplicaView extends InstanceView {
  /** Its link to the source is up. */
  readonly linked: boolean;
  /** What it replicates from, as it says itself. */
  readonly source?: Address;
  /** Lower is sooner promoted; 0 never. */
  readonly priority: number;
  readonly offset: number;
}

/** One cluster: what Sentinel calls a master. */
export interface PrimaryView {
  /** Under which clients ask for it. */
  readonly name: string;
  /**
   * The server that takes the writes. It has been seen to answer as a primary: who reports one sooner sends clients to
   * a replica. Absent while there is none that may be written to.
   */
  readonly primary?: InstanceView;
  /** The last one that there was; the same as `primary` while there is one. Absent when none was ever seen. */
  readonly last?: InstanceView;
  /** The role is on its way to another server: who asks now waits a moment for the answer. */
  readonly handingOver: boolean;
  readonly replicas: readonly ReplicaView[];
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly parallelSyncs: number;
  /** Grows with each hand-over. */
  readonly configEpoch: number;
}

/** Another controller, where its own Sentinel face listens. */
export interface PeerSentinelView {
  readonly address: Address;
  readonly runId: string;
  readonly down: boolean;
}

export type FailoverAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

export interface SentinelView {
  /** This controller's; 40 hexadecimal digits, the same after a restart. */
  readonly id: string;
  /** In the order of their names. */
  primaries(): readonly PrimaryView[];
  peers(): readonly PeerSentinelView[];
  /** Calls the listener after each change of what the two above answer; returns what ends that. */
  onChange(listener: () => void): () => void;
  /** Without loss where the primary answers. Answers when it has begun; throws Faults. */
  failover(name: string, call: Call): Promise<FailoverAnswer>;
}
