/** What people see of a request: its plan, progress, outcome, and how long writers were held. */
import type { ClusterName, OperationId } from './identity.ts';
import type { Plan, PlanKind } from './plan.ts';
import type { MoveProgress } from './shards/cluster-shaper.ts';
import type { Refusal } from './switchover-request.ts';

/**
 * `succeeded` may still have `flags`: things carried forward that need a person or a repair.
 * `rolled-back`: nothing changed hands, the old primary is writable again.
 * `failed`: not even that could be established; `outcome.summary` says what is known.
 */
export type OperationStatus = 'running' | 'succeeded' | 'rolled-back' | 'failed' | 'refused';

export interface ErrorNote {
  readonly code: string;
  readonly message: string;
}

/** A step that did not go as planned but did not stop the operation, and what mends it. */
export interface Flag {
  readonly step: string;
  readonly server?: string;
  readonly problem: ErrorNote;
  readonly repair: string;
}

export interface Outcome {
  readonly summary: string;
  readonly cause?: ErrorNote;
  readonly flags: readonly Flag[];
  /** From the start of the freeze until the new primary took writes; as the controller saw it. */
  readonly heldMs?: number;
  /** Of a failover, and of a rejoin that took something back. */
  readonly loss?: Loss;
}

/** What became of writes that the dead primary may have acknowledged. */
export interface Loss {
  /** `known`: at least the named ones are missing; `possible`: none is known to be, and it cannot be ruled out. */
  readonly verdict: 'none' | 'known' | 'possible';
  /** Or bytes, as `unit` says. */
  readonly transactions: number;
  readonly unit?: 'bytes';
  /** In the engine's notation; empty when none is known. */
  readonly names: string;
  readonly because: string;
  /** Who accepted it, where the policy would not have. */
  readonly acceptedBy?: string;
}

export interface Operation {
  readonly id: OperationId;
  readonly kind: PlanKind;
  readonly cluster: ClusterName;
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly finishedAt?: number;
  readonly status: OperationStatus;
  readonly plan?: Plan;
  readonly refusals?: readonly Refusal[];
  readonly outcome?: Outcome;
  /** It was given up by a person while nobody could tell whether the candidate had been promoted. */
  readonly abandoned?: AbandonWord;
  /** How many times a controller took it up again after another had died. */
  readonly resumed: number;
}

/** A person's word that an operation is not to be waited for any more. */
export interface AbandonWord {
  readonly by: string;
  readonly reason: string;
  /** They have seen to it that the candidate takes no writes. */
  readonly candidateDown: boolean;
}

/** One line of the journal. A step is journaled before it runs (`started`), and after. */
export type JournalEvent =
  | { readonly event: 'step-started'; readonly step: string }
  | { readonly event: 'step-done'; readonly step: string; readonly ms: number; readonly output?: StepOutput }
  | { readonly event: 'step-failed'; readonly step: string; readonly ms: number; readonly error: ErrorNote }
  /** Of a step that takes long; told once a second at most, and more seldom the longer it takes. */
  | ({ readonly event: 'step-progress'; readonly step: string } & StepProgress)
  | { readonly event: 'undo-started'; readonly step: string }
  | { readonly event: 'undo-done'; readonly step: string; readonly ms: number }
  | { readonly event: 'undo-failed'; readonly step: string; readonly ms: number; readonly error: ErrorNote }
  | { readonly event: 'rolling-back'; readonly cause: ErrorNote }
  | { readonly event: 'resumed'; readonly note: string }
  | ({ readonly event: 'abandoned' } & AbandonWord)
  | { readonly event: 'finished'; readonly status: OperationStatus; readonly summary: string };

export interface JournalEntry {
  readonly operation: OperationId;
  readonly sequence: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly what: JournalEvent;
}

/** Of a move of slots. */
export interface StepProgress extends MoveProgress {
  /** Since the last of these lines. */
  readonly keysPerSecond: number;
}

/** What later steps refer to, and what people want to read. */
export interface StepOutput {
  readonly position?: string;
  readonly endedSessions?: number;
  readonly note?: string;
  /** Of `fence`: the means that took effect; `none` when nothing answered. */
  readonly fence?: 'agent' | 'hook' | 'read-only' | 'none';
  /** Of `compare`: what only this server has; absent when it has nothing of its own. `position`: where they part. */
  readonly surplus?: { readonly transactions: number; readonly names: string };
  /** Of `salvage`: `position` is the end of the tail then. */
  readonly tail?: SalvagedTail;
  /** Of `level-by-place`: where each survivor goes on in the candidate's own log, or why that cannot be told. */
  readonly places?: readonly SurvivorPlace[];
  /** Of `save`. */
  readonly saved?: SavedSurplus;
  readonly loss?: Loss;
  /** Of `move-slots`. */
  readonly moved?: MoveProgress;
  /** What the step was to do besides and could not; becomes a flag. */
  readonly unmet?: Unmet;
}

export interface Unmet {
  readonly problem: ErrorNote;
  readonly repair: string;
}

/** `at` is absent when it cannot be told. */
export interface SurvivorPlace {
  readonly server: string;
  readonly at?: string;
  readonly because?: string;
}

export interface SavedSurplus {
  readonly transactions: number;
  readonly names: string;
  /** Where the histories part, and where this one ends. */
  readonly after: string;
  readonly upTo: string;
  /** Of which rows were changed: `schema.table`. */
  readonly tables: readonly string[];
  /** Why it cannot be taken back change by change; absent when it can. */
  readonly irreversible?: string;
  /** Where the controller keeps it, in a form that people can read. */
  readonly file: string;
}

export interface SalvagedTail {
  readonly transactions: number;
  readonly names: string;
  readonly truncated: boolean;
  /** Where the controller keeps it, in a form that people can read. */
  readonly file: string;
}
