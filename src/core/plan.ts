/**
 * A plan is plain data: ordered phases of typed steps. It can be printed, compared, stored, simulated and
 * run; what a person reads before it happens and what then runs are this one object.
 */
import type { Judgement } from './detection/testimony.ts';
import type { Address, ClusterName } from './identity.ts';
import type { CommitSettings, TlsSettings } from './observation.ts';
import type { DurabilityPolicy, HookSettings, RestoreMeans, RouteSettings } from './policy.ts';
import type { Position } from './positions.ts';
import type { HandOverMode } from './shards/hand-over-facts.ts';
import type { ReshapeAction } from './shards/reshape-action.ts';
import type { Refusal, RequestedSwitchover } from './switchover-request.ts';
import type { Target } from './target.ts';

export type { Target } from './target.ts';

/** Those of all kinds of plans, in the order in which they run; each kind has its own of them. */
export const phases = [
  'check',
  'confirm',
  'approach',
  'hold',
  'fence',
  'gather',
  'salvage',
  'level',
  'freeze',
  'reach',
  'demote',
  'compare',
  'restore',
  'mend',
  'join',
  'move',
  'place',
  'configure',
  'leave',
  'promote',
  'release',
  'follow',
  'prove',
] as const;

export type Phase = (typeof phases)[number];

/**
 * `rejoin`: a server that was a primary becomes a replica again. `relocation`: the replicas of a dead intermediate
 * source are put under another. `fencing`: a former primary that came back writable is made read-only. `repair`: a replica
 * is rid of transactions that never were on the primary. `reshape`: of a cluster of several primaries, who owns which slots,
 * who is a member, or who replicates whom.
 */
export type PlanKind = 'switchover' | 'failover' | 'rejoin' | 'relocation' | 'fencing' | 'repair' | 'reshape';

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

export interface SemiSyncWish {
  readonly requiredAcks: number;
  readonly timeoutMs: number;
  /** It is promoted all the same where this cannot be set. */
  readonly required?: false;
}

/** A channel of a replica as it was before it was touched. */
export interface ChannelState {
  readonly source: Address;
  /** Those that another source would reset. */
  readonly settings: FollowSettings;
  readonly receiver: 'running' | 'stopped';
  readonly applier: 'running' | 'stopped';
}

export type Action =
  /** Look at every server once more and see that the plan still holds. */
  | { readonly verb: 'verify' }
  /** Open what the critical steps need, so that they do not wait for it. */
  | {
      readonly verb: 'prepare';
      readonly servers: readonly Target[];
      /** None of them will be frozen: that takes a connection of its own. */
      readonly noFreeze?: true;
    }
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
      /** In their place where it turns out to have none of its own any more: it was made anew from another server. */
      readonly anew?: FollowSettings;
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
  /** `once`: not before that one keeps pace with the writes, or the time is over. */
  | {
      readonly verb: 'freeze';
      readonly server: Target;
      readonly once?: { readonly server: Target; readonly withinMs: number };
    }
  | { readonly verb: 'thaw'; readonly server: Target }
  /**
   * Where a freeze ends by itself: the frozen primary follows the candidate, which gets what that has by then. A
   * controller that dies now leaves nobody writable, never two.
   */
  | { readonly verb: 'demote'; readonly server: Target; readonly under: Target }
  | { readonly verb: 'await-position'; readonly server: Target; readonly position: Position | PositionOf }
  | {
      readonly verb: 'promote';
      readonly server: Target;
      readonly from: Target;
      /** Wait for replicas' acknowledgements from the first write on, as the old primary did. */
      readonly semiSync?: SemiSyncWish;
      /** The frozen position; absent when the old primary is dead, and there is no freeze to be held. */
      readonly position?: PositionOf;
    }
  /** By the cluster's own means: see `HandOverMode`. */
  | {
      readonly verb: 'hand-over';
      readonly server: Target;
      readonly from: Target;
      readonly mode: HandOverMode;
      /** It does not answer, and is not asked. */
      readonly fromIsDead?: true;
    }
  /** Ask every witness once more: it goes on only when the server is still held for dead. */
  | { readonly verb: 'confirm'; readonly server: Target }
  /** By the strongest means that answers, see that the server acknowledges no write any more. */
  | {
      readonly verb: 'fence';
      readonly server: Target;
      readonly agent: boolean;
      readonly hooks: readonly HookSettings[];
    }
  /** A server that an abandoned operation may have promoted takes no writes any more, or the plan goes no further. */
  | {
      readonly verb: 'rule-out';
      readonly server: Target;
      readonly agent: boolean;
      readonly hooks: readonly HookSettings[];
    }
  /** Lift the fence; the server starts again, writable as its configuration says or read-only. */
  | { readonly verb: 'unfence'; readonly server: Target; readonly start: 'as-before' | 'read-only' }
  /** Stop receiving, and note what has been received. */
  | { readonly verb: 'gather'; readonly server: Target }
  /** Whatever became of its replication meanwhile: the sources that it followed, and which of its threads ran. */
  | {
      readonly verb: 'restore-replication';
      readonly server: Target;
      readonly channels: readonly ChannelState[];
    }
  /** Read what none of the survivors has received from the dead server's own log. */
  | { readonly verb: 'salvage'; readonly server: Target; readonly survivors: readonly PositionOf[] }
  /** Weigh what may be lost against what the policy, or a person, accepts. */
  | {
      readonly verb: 'assess';
      readonly server: Target;
      readonly survivors: readonly PositionOf[];
      readonly tail?: PositionOf;
      readonly limits: LossLimits;
    }
  /** Give the candidate what any survivor received and what was salvaged. */
  | {
      readonly verb: 'level';
      readonly server: Target;
      readonly survivors: readonly Survivor[];
      readonly tail?: PositionOf;
    }
  /** The same where there are no GTIDs; says where in the candidate's own log each survivor goes on. */
  | {
      readonly verb: 'level-by-place';
      readonly server: Target;
      readonly survivors: readonly Survivor[];
      /** What the dead primary had when it was last seen: a place in its log. */
      readonly lastSeen: Position;
      readonly tail?: PositionOf;
    }
  /** Put a survivor without GTIDs under the new primary, from there on where what it has ends in that one's log. */
  | {
      readonly verb: 'follow-from-place';
      readonly server: Target;
      readonly source: Target;
      readonly settings: FollowSettings;
      readonly gathered: PositionOf;
      /** The step that told the places. */
      readonly places: PositionOf;
    }
  /** Make a server read-only and see what it has that the primary lacks. */
  | {
      readonly verb: 'compare';
      readonly server: Target;
      readonly primary: Target;
      /** How it was replaced; absent when that is not on record. */
      readonly replacement?: Replacement;
    }
  /** Keep what only this server has as a file, and tell whether it may have been acknowledged. */
  | {
      readonly verb: 'save';
      readonly server: Target;
      readonly primary: Target;
      readonly surplus: PositionOf;
      /** How it was replaced; absent when that is not on record. */
      readonly replacement?: Replacement;
    }
  /** Once that is saved: take it back, or make the server anew from another. */
  | {
      readonly verb: 'restore';
      readonly server: Target;
      readonly primary: Target;
      readonly saved: PositionOf;
      readonly means: readonly RestoreMeans[];
      /** Of a copy: the first that answers gives it. */
      readonly donors: readonly Target[];
    }
  /** All its channels, for a while; what it has received stays on its disk. */
  | { readonly verb: 'stop-replicating'; readonly server: Target }
  /**
   * Transactions of the given names that change nothing are committed on the primary: what only `replica` has in name is
   * then everywhere, and its rows stay as they are. More names than were `planned` are refused.
   */
  | {
      readonly verb: 'commit-empty';
      readonly server: Target;
      readonly replica: Target;
      readonly surplus: PositionOf;
      readonly planned: Position;
    }
  /** Once it is proven: what becomes of the data that a copy replaced, where that was kept beside it. */
  | { readonly verb: 'settle-copy'; readonly server: Target; readonly keepOldData: boolean }
  /** Sessions on the old primary that could still write are ended, and its position is seen not to have moved. */
  | {
      readonly verb: 'end-writers';
      readonly server: Target;
      /** Absent where it follows the new primary already, and moves with it. */
      readonly position?: PositionOf;
    }
  /** After the promotion: forget the old source for good. Not needed to be writable, so not in its way. */
  | { readonly verb: 'retire-source'; readonly server: Target }
  | { readonly verb: 'prove'; readonly server: Target; readonly seenBy: readonly Target[] }
  | ReshapeAction;

export type Verb = Action['verb'];

/** How a primary was replaced, as far as it matters for what it alone has. */
export interface Replacement {
  readonly operation: string;
  /** When it was last held for alive, epoch milliseconds. */
  readonly at: number;
  /** Every acknowledged write had been received by one of the survivors. */
  readonly proven: boolean;
}

/** A replica that outlived its source, and the step that stopped it. */
export interface Survivor {
  readonly server: Target;
  readonly gathered: PositionOf;
  /** Where it stood in its own log when it was last seen; where places are counted. */
  readonly logged?: { readonly file: string; readonly offset: number };
}

/** A server that an operation may have made the primary before it fell silent. */
export interface PossibleWriter {
  readonly server: Target;
  /** The step that makes it read-only and says what it has; absent where nothing can tell. */
  readonly ruledOut?: PositionOf;
}

/** What may be lost in a failover. */
export interface LossLimits {
  readonly durability: DurabilityPolicy;
  /** Transactions known to be missing that are put up with; `any` for no limit. */
  readonly maxLoss: number | 'any';
  /** What the dead primary had when it was last seen. */
  readonly lastSeen?: Position;
  /** When that was, epoch milliseconds. */
  readonly lastSeenAt?: number;
  /** How it committed then. */
  readonly commits?: CommitSettings;
  /** Every acknowledged write was received by at least one of any so many replicas (semi-synchronous replication). */
  readonly provenBy?: {
    readonly survivors: number;
    /** The steps that stop those who acknowledged. */
    readonly among: readonly PositionOf[];
    readonly because: string;
  };
  /** Who may have acknowledged writes besides the dead primary. */
  readonly possible?: readonly PossibleWriter[];
  /** A person's word that the loss is accepted, whatever it is. */
  readonly accepted?: { readonly by: string; readonly reason?: string };
}

/**
 * `abort` and `roll-back` differ in what there is to undo; after the point of no return all is carried forward. `stop`: what
 * is done stays, and no further step is begun.
 */
export type OnFailure = 'roll-back' | 'carry-forward' | 'stop';

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
  /** How long the undo is tried; a short while unless it says so. */
  readonly undoMs?: number;
}

export interface Fact {
  readonly text: string;
}

export interface Plan {
  readonly kind: PlanKind;
  /** What it does, where it is not about one server that takes another's place. */
  readonly title?: string;
  readonly cluster: ClusterName;
  readonly request: RequestedSwitchover;
  /** Of a failover: why the old primary is held for dead. */
  readonly judgement?: Judgement;
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
  /** The step after whose start there is no way back; empty where each step stands for itself. */
  readonly pointOfNoReturn: string;
}
