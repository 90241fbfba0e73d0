/**
 * What the faces (REST, and later Orchestrator's and Trove's) may ask of the control plane. They know no
 * engine, no store and no loop; everything they show or request goes through here.
 */

import type { Finding } from '../core/finding.ts';
import type { Address, ClusterName, OperationId, ServerId } from '../core/identity.ts';
import type { EngineKind } from '../core/observation.ts';
import type { JournalEntry, Operation } from '../core/operation.ts';
import type { PeerView } from '../core/peer.ts';
import type { Plan } from '../core/plan.ts';
import type { RepairMeans } from '../core/policy.ts';
import type { StandingOrders } from '../core/recovery/standing-orders.ts';
import type { MovePace } from '../core/shards/cluster-shaper.ts';
import type { HandOverMode } from '../core/shards/hand-over-facts.ts';
import type { Revision } from '../core/store.ts';
import type { Refusal } from '../core/switchover-request.ts';
import type { Topology } from '../core/topology.ts';

export interface ClusterSummary {
  readonly name: ClusterName;
  readonly engine: EngineKind;
  readonly servers: number;
  readonly primary?: string;
  /** Of a cluster with several: how many of them answer. */
  readonly primaries?: number;
  readonly findings: number;
  readonly worst?: Finding['severity'];
  readonly runningOperation?: OperationId;
}

export interface SwitchoverAsked {
  readonly cluster: string;
  /** A server's name, address, alias or id. */
  readonly to?: string;
  /** Of Redis Cluster. */
  readonly mode?: HandOverMode;
  readonly requestedBy: string;
}

export interface FailoverAsked extends SwitchoverAsked {
  readonly acceptDataLoss?: { readonly by: string; readonly reason?: string };
}

export interface RejoinAsked {
  readonly cluster: string;
  /** Name, address, alias or id. */
  readonly server: string;
  readonly requestedBy: string;
}

export interface RepairAsked extends RejoinAsked {
  /** Without it, what the policy allows. */
  readonly by?: RepairMeans;
}

/** Servers by name, address, alias or id; see core's `ReshapeChange`. */
export type ReshapeAsked = MovePace & { readonly cluster: string; readonly requestedBy: string } & (
    | {
        readonly what: 'rebalance';
        readonly weights?: Readonly<Record<string, number>>;
        readonly threshold?: number;
        readonly useEmpty?: boolean;
      }
    | {
        readonly what: 'reshard';
        readonly from: readonly string[] | 'all';
        readonly to: string;
        readonly slots: number;
      }
    | {
        readonly what: 'add-node';
        readonly address: string;
        readonly replica?: boolean;
        readonly replicaOf?: string;
      }
    | { readonly what: 'remove-node'; readonly server: string; readonly drain?: boolean }
    | { readonly what: 'fix'; readonly withoutUnreachable?: boolean; readonly replace?: boolean }
    | { readonly what: 'place-replicas'; readonly barrier?: number }
    | { readonly what: 'set-timeout'; readonly ms: number }
  );

export interface AcknowledgementAsked {
  readonly comment: string;
  readonly requestedBy: string;
}

export interface AbandonAsked {
  readonly reason: string;
  /** They have seen to it that the candidate takes no writes. */
  readonly candidateDown: boolean;
  readonly requestedBy: string;
}

export interface DowntimeAsked {
  /** From now on; absent: it ends now. */
  readonly forMs?: number;
  readonly reason: string;
  readonly requestedBy: string;
}

export interface WitnessAsked {
  readonly server: ServerId;
  /** How long the look may take. */
  readonly deadlineMs: number;
}

export type PlanAnswer =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

export type SwitchoverAnswer =
  | { readonly ok: true; readonly operation: Operation }
  /** Refused requests are operations too: `operation` has status `refused` and is listed with the others. */
  | { readonly ok: false; readonly operation: Operation; readonly refusals: readonly Refusal[] };

/** What the event stream carries; `revision` resumes it. */
export type ControlEvent =
  | { readonly kind: 'operation'; readonly revision: Revision; readonly operation: Operation }
  | { readonly kind: 'journal'; readonly revision: Revision; readonly entry: JournalEntry }
  /** Older events are no longer held; read the state anew. */
  | { readonly kind: 'compacted'; readonly revision: Revision };

export interface ControlPlane {
  /** Tells this controller from others. */
  readonly name: string;
  clusters(): readonly ClusterSummary[];
  /** Throws Fault `not-found`, naming the clusters there are; so do the others that take a cluster. */
  topology(cluster: string): Topology;
  findings(cluster?: string): readonly Finding[];
  /** By id, name, address or alias, within one cluster or in all. Throws `not-found`. */
  server(reference: string, cluster?: string): { readonly cluster: ClusterName; readonly id: ServerId };
  /** Probes once, now, and takes the server up with all its neighbours. */
  discover(cluster: string, address: Address): Promise<Topology>;
  /** A fresh look at the whole cluster, then the very plan that would run. Changes nothing. */
  planSwitchover(asked: SwitchoverAsked): Promise<PlanAnswer>;
  /** Returns as soon as the operation is written down; it then runs by itself. */
  switchover(asked: SwitchoverAsked): Promise<SwitchoverAnswer>;
  /** Asks every witness whether the primary is dead, then the plan that would run. Changes nothing. */
  planFailover(asked: FailoverAsked): Promise<PlanAnswer>;
  /** Returns as soon as the operation is written down; it then runs by itself. */
  failover(asked: FailoverAsked): Promise<SwitchoverAnswer>;
  /** `server`: the one that is to become a replica of the primary. */
  planRejoin(asked: RejoinAsked): Promise<PlanAnswer>;
  rejoin(asked: RejoinAsked): Promise<SwitchoverAnswer>;
  /** `server`: the dead intermediate source whose replicas are to be put under another. */
  planRelocation(asked: RejoinAsked): Promise<PlanAnswer>;
  relocate(asked: RejoinAsked): Promise<SwitchoverAnswer>;
  /** `server`: the replica that has transactions which never were on the primary. */
  planRepair(asked: RepairAsked): Promise<PlanAnswer>;
  repair(asked: RepairAsked): Promise<SwitchoverAnswer>;
  /** Of a cluster of several primaries: a fresh look at all its nodes, then the very plan that would run. */
  planReshape(asked: ReshapeAsked): Promise<PlanAnswer>;
  reshape(asked: ReshapeAsked): Promise<SwitchoverAnswer>;
  /** Acknowledgement, maintenance and downtimes that are in force. */
  orders(cluster: string): Promise<StandingOrders>;
  /** The next automatic failover of this cluster need not wait on account of the last. */
  acknowledge(cluster: string, asked: AcknowledgementAsked): Promise<StandingOrders>;
  /** `server`: name, address, alias or id. */
  downtime(cluster: string, server: string, asked: DowntimeAsked): Promise<StandingOrders>;
  maintenance(cluster: string, asked: DowntimeAsked): Promise<StandingOrders>;
  /**
   * A fresh look at a server, and what it says; for other controllers. Never what this one was told by a replica or by
   * somebody else. `cannot-tell` of a server that it does not know.
   */
  witness(cluster: string, asked: WitnessAsked): Promise<PeerView>;
  /** Newest first. */
  operations(options: { readonly cluster?: string; readonly limit: number }): Promise<readonly Operation[]>;
  operation(id: string): Promise<Operation>;
  /**
   * A person gives up an operation that asks for ever whether its candidate was promoted. Returns it as it is when it
   * has heeded that, or soon after. Throws `refused` where there is nothing to give up.
   */
  abandon(id: string, asked: AbandonAsked): Promise<Operation>;
  journal(id: string): Promise<readonly JournalEntry[]>;
  /** Events from `fromRevision` on, that one included: some may come twice, none is left out. Without it, from now on. */
  events(options: {
    readonly fromRevision?: Revision;
    readonly operation?: string;
    readonly signal: AbortSignal;
  }): AsyncIterable<ControlEvent>;
}
