/**
 * A plan is plain data: ordered phases of typed steps. It can be printed, compared, stored, simulated and
 * run; what a person reads before it happens and what then runs are this one object.
 */
import type { Address, ClusterName, ServerId } from './identity.ts';
import type { TlsSettings } from './observation.ts';
import type { HookSettings, RouteSettings } from './policy.ts';
import type { Position } from './positions.ts';
import type { Refusal, RequestedSwitchover } from './switchover-request.ts';

export type Phase =
  | 'check'
  | 'approach'
  | 'hold'
  | 'freeze'
  | 'reach'
  | 'promote'
  | 'release'
  | 'follow'
  | 'prove';

export const phases: readonly Phase[] = [
  'check',
  'approach',
  'hold',
  'freeze',
  'reach',
  'promote',
  'release',
  'follow',
  'prove',
];

/** A server as a step names it: enough to reach it and to speak of it without a topology. */
export interface Target {
  readonly id: ServerId;
  readonly name: string;
  readonly address: Address;
}

/** A value known only while the plan runs: the output of an earlier step. */
export interface PositionOf {
  readonly step: string;
}

/** How a replica is to reach its new source. Undefined fields are left as they are on the server. */
export interface FollowSettings {
  /** The replication channel to redirect; empty for the default one. */
  readonly channel?: string;
  readonly tls?: TlsSettings;
  readonly heartbeatSeconds?: number;
  readonly connectRetrySeconds?: number;
  readonly delaySeconds?: number;
  /** It was the primary until now: it has no settings of its own and starts from its own log's end. */
  readonly wasPrimary: boolean;
  /** Take up the replica's side of semi-synchronous replication. */
  readonly semiSync?: boolean;
}

export type Action =
  /** Look at every server once more and see that the plan still holds. */
  | { readonly verb: 'verify' }
  /** Open what the critical steps need, so that they do not wait for it. */
  | { readonly verb: 'prepare'; readonly servers: readonly Target[] }
  | { readonly verb: 'run-hook'; readonly hook: HookSettings; readonly moment: 'before' | 'after' }
  /**
   * Put a replica under another source. With `catchUp`, the source is first given what the replica already
   * has: MariaDB and MySQL refuse a replica that is ahead of its source (error 1236).
   */
  | {
      readonly verb: 'follow';
      readonly server: Target;
      readonly source: Target;
      readonly settings: FollowSettings;
      readonly catchUp: boolean;
      /** The frozen position the old primary must still be at when it follows; more is errant and named. */
      readonly expect?: PositionOf;
    }
  /** The candidate reaches the primary's position of this moment, while writes go on. */
  | { readonly verb: 'catch-up'; readonly server: Target; readonly source: Target }
  | { readonly verb: 'hold-route'; readonly route: RouteSettings }
  /** Let held clients go on; with `to`, to that server, and sessions to any other are ended. */
  | { readonly verb: 'release-route'; readonly route: RouteSettings; readonly to: Target }
  /** Open writing transactions come to their end, or are ended, while others still go on. */
  | {
      readonly verb: 'drain';
      readonly server: Target;
      readonly graceMs: number;
      readonly afterGrace: 'end' | 'give-up';
    }
  | { readonly verb: 'freeze'; readonly server: Target }
  | { readonly verb: 'thaw'; readonly server: Target }
  | { readonly verb: 'await-position'; readonly server: Target; readonly position: Position | PositionOf }
  | {
      readonly verb: 'promote';
      readonly server: Target;
      readonly from: Target;
      /** Wait for replicas' acknowledgements from the first write on, as the old primary did. */
      readonly semiSync?: { readonly requiredAcks: number; readonly timeoutMs: number };
      readonly position: PositionOf;
    }
  /** Sessions on the old primary that could still write are ended, and its position is seen not to have moved. */
  | { readonly verb: 'end-writers'; readonly server: Target; readonly position: PositionOf }
  /** After the promotion: forget the old source for good. Not needed to be writable, so not in its way. */
  | { readonly verb: 'retire-source'; readonly server: Target }
  | { readonly verb: 'prove'; readonly server: Target; readonly seenBy: readonly Target[] };

export type Verb = Action['verb'];

/** `abort` and `roll-back` differ in what there is to undo; after the point of no return all is carried forward. */
export type OnFailure = 'roll-back' | 'carry-forward';

export interface Step {
  /** Unique within the plan, the same for the same topology: `freeze:db1`. */
  readonly id: string;
  readonly phase: Phase;
  readonly action: Action;
  /** What a person reads: `db1 read-only`. */
  readonly title: string;
  /** The rest of the line: `2 transactions get 500 ms, then end`. */
  readonly note?: string;
  readonly deadlineMs: number;
  /** Steps of the same phase that come first; phases themselves run one after the other. */
  readonly after: readonly string[];
  readonly onFailure: OnFailure;
  /** Puts back what the step changed; safe when the step did nothing or half. */
  readonly undo?: Action;
}

export interface Fact {
  readonly text: string;
}

export interface Plan {
  readonly kind: 'switchover';
  readonly cluster: ClusterName;
  readonly request: RequestedSwitchover;
  readonly engineTitle: string;
  readonly from: Target;
  readonly to: Target;
  /** Why this candidate, and why not the others. */
  readonly reasons: readonly string[];
  readonly passedOver: readonly Refusal[];
  /** What the plan promises, in one sentence. */
  readonly guarantee: string;
  /** What a reader should know before saying yes. */
  readonly warnings: readonly string[];
  readonly facts: readonly Fact[];
  readonly steps: readonly Step[];
  /** The step after whose start there is no way back. */
  readonly pointOfNoReturn: string;
}
