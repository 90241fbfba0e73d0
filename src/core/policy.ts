/** What people decide about their servers and clusters; comes from the configuration and is never guessed. */
import type { Address, ClusterName } from './identity.ts';
import type { EngineKind } from './observation.ts';

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
  readonly downtime?: Downtime;
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

export interface RouteSettings {
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

export interface ClusterPolicy {
  readonly name: ClusterName;
  readonly engine: EngineKind;
  readonly seeds: readonly Address[];
  readonly servers: readonly ServerSettings[];
  readonly lagFindingMs: number;
  readonly longTransactionSeconds: number;
  readonly switchover: SwitchoverPolicy;
  readonly routes: readonly RouteSettings[];
  readonly hooks: {
    readonly beforeSwitchover: readonly HookSettings[];
    readonly afterSwitchover: readonly HookSettings[];
  };
}
