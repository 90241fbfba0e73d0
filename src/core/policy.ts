/** What people decide about their servers and clusters; comes from the configuration and is never guessed. */
import type { Address, ClusterName } from './identity.ts';
import type { EngineKind } from './observation.ts';
import type { MaintenanceWindow } from './recovery/maintenance-window.ts';

/** From Orchestrator, with `must`: the one server that is to be primary when it can. */
export type PromotionRule = 'must' | 'prefer' | 'neutral' | 'prefer_not' | 'must_not';

export interface Downtime {
  /** Epoch milliseconds. */
  readonly until: number;
  readonly owner: string;
  readonly reason: string;
}

export interface ServerSettings {
  /** A short name for people; the address where none is given. */
  readonly name?: string;
  readonly address: Address;
  readonly promotionRule: PromotionRule;
  readonly dataCenter?: string;
  readonly region?: string;
  readonly downtime?: Downtime;
  /** Where its host's agent listens. */
  readonly agent?: Address;
}

export interface HookSettings {
  /** Program and arguments; no shell in between. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

export interface SwitchoverPolicy {
  /** A candidate further behind than this is refused. */
  readonly maxLagMs: number;
  /** How long running transactions may go on after writes are refused, before their sessions are ended. */
  readonly graceMs: number;
  /** What becomes of transactions still running after the grace period. */
  readonly afterGrace: 'end' | 'give-up';
  /** How long the candidate may take to apply the frozen position. */
  readonly reachMs: number;
  /** The candidate must catch up with the flowing writes within this, before they are stopped. */
  readonly approachMs: number;
  /** For one step that changes one server. */
  readonly stepMs: number;
  /** How long the old primary and stragglers get to follow the new one. */
  readonly followMs: number;
  /** Whether a candidate in another data centre than the primary's is acceptable when it is not named. */
  readonly crossDataCenter: boolean;
}

/** When a survivor may be promoted; see `failover/loss.ts` for what each means. */
export type DurabilityPolicy = 'lossless' | 'salvage' | 'available';

/** Tried in order: `flashback` takes surplus changes back, `clone` copies another server. */
export type RestoreMeans = 'flashback' | 'clone';

/** `empty` changes no row: the primary takes transactions of those names that do nothing. Only at a person's word. */
export type RepairMeans = RestoreMeans | 'empty';

export interface FailoverPolicy {
  /** `observe`: the log and the findings say what would have been done. */
  readonly mode: 'automatic' | 'manual' | 'observe';
  readonly durability: DurabilityPolicy;
  /** Transactions known to be missing that a failover may go on with; more needs a person's word. */
  readonly maxLoss: number | 'any';
  /** A candidate that would have to apply for longer than this is passed over while there is another. */
  readonly maxLagMs: number;
  /** A primary held for dead is given this long to come back by itself. */
  readonly graceMs: number;
  /** How long the dead primary's log is waited for. */
  readonly salvageMs: number;
  /** How long the candidate may take to apply what survivors and the salvaged log hold. */
  readonly levelMs: number;
  readonly stepMs: number;
  readonly followMs: number;
  readonly crossDataCenter: boolean;
  readonly crossRegion: boolean;
  /** After a failover the next one in this cluster needs a person, until it is acknowledged or this is over. */
  readonly quietMs: number;
  /** Of Redis Cluster: without a majority of primaries, a replica takes over by its own word. */
  readonly takeover: boolean;
  /** The old primary becomes a replica again by itself. */
  readonly rejoin: 'automatic' | 'manual';
  /** What may be done to a server that has transactions of its own. */
  readonly restore: readonly RestoreMeans[];
  /** Data that a copy replaced stays beside the new until the next copy; where it does not go with the copy itself. */
  readonly keepOldData: boolean;
}

/** How the death of a primary is noticed. */
export interface DetectionPolicy {
  /** From one pulse of the primary to the next. */
  readonly pulseMs: number;
  /** A primary that leaves a pulse unanswered for this long is suspected. */
  readonly answerMs: number;
  /** How long the witnesses are asked before a suspicion is given up for now. */
  readonly inquestMs: number;
  /** A primary whose log does not reach its disk for this long is suspected of a stalled disk. */
  readonly stuckMs: number;
}

export interface HaproxySettings {
  readonly name: string;
  readonly kind: 'haproxy';
  /** Path of the unix socket, or host:port, of the runtime API. */
  readonly socket: string;
  readonly backend: string;
  /** The server slot in the backend whose address is moved. */
  readonly server: string;
  /** The frontend whose new connections are held; none: they are not held. */
  readonly frontend?: string;
  /**
   * Connections at once that the frontend's configuration allows, or the slot's. Only needed where that is limited:
   * a controller that finds the route held by one that died cannot read it from HAProxy.
   */
  readonly maxconn?: number;
}

/** An address of the primary's host that moves with the primary; the agents carry it. */
export interface VipSettings {
  readonly name: string;
  readonly kind: 'vip';
  /** IPv4 with the length of its network's prefix: `10.0.0.50/24`. */
  readonly address: string;
  /** Without it, each host takes the interface that is in the address's network. */
  readonly interface?: string;
}

export type RouteSettings = HaproxySettings | VipSettings;

export interface ClusterPolicy {
  readonly name: ClusterName;
  readonly engine: EngineKind;
  readonly seeds: readonly Address[];
  readonly servers: readonly ServerSettings[];
  readonly lagFindingMs: number;
  readonly longTransactionSeconds: number;
  /** More semi-synchronous replicas than a commit waits for are a finding. */
  readonly exactSemiSync?: boolean;
  readonly switchover: SwitchoverPolicy;
  readonly failover: FailoverPolicy;
  readonly detection: DetectionPolicy;
  /** Weekly hours in which nothing is done automatically. */
  readonly maintenance?: readonly MaintenanceWindow[];
  readonly routes: readonly RouteSettings[];
  readonly hooks: {
    readonly beforeSwitchover: readonly HookSettings[];
    readonly afterSwitchover: readonly HookSettings[];
    /** Run to make sure that a dead primary is down (STONITH); status 0 says that it is. */
    readonly fence: readonly HookSettings[];
    readonly beforeFailover: readonly HookSettings[];
    readonly afterFailover: readonly HookSettings[];
  };
}
