/** What people see of a request: its plan, progress, outcome, and how long writers were held. */
import type { ClusterName, OperationId } from './identity.ts';
import type { Plan } from './plan.ts';
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
}

export interface Operation {
  readonly id: OperationId;
  readonly kind: 'switchover';
  readonly cluster: ClusterName;
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly finishedAt?: number;
  readonly status: OperationStatus;
  readonly plan?: Plan;
  readonly refusals?: readonly Refusal[];
  readonly outcome?: Outcome;
  /** How many times a controller took it up again after another had died. */
  readonly resumed: number;
}

/** One line of the journal. A step is journaled before it runs (`started`), and after. */
export type JournalEvent =
  | { readonly event: 'step-started'; readonly step: string }
  | { readonly event: 'step-done'; readonly step: string; readonly ms: number; readonly output?: StepOutput }
  | { readonly event: 'step-failed'; readonly step: string; readonly ms: number; readonly error: ErrorNote }
  | { readonly event: 'undo-started'; readonly step: string }
  | { readonly event: 'undo-done'; readonly step: string; readonly ms: number }
  | { readonly event: 'undo-failed'; readonly step: string; readonly ms: number; readonly error: ErrorNote }
  | { readonly event: 'rolling-back'; readonly cause: ErrorNote }
  | { readonly event: 'resumed'; readonly note: string }
  | { readonly event: 'finished'; readonly status: OperationStatus; readonly summary: string };

export interface JournalEntry {
  readonly operation: OperationId;
  readonly sequence: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly what: JournalEvent;
}

/** What later steps refer to, and what people want to read. */
export interface StepOutput {
  readonly position?: string;
  readonly endedSessions?: number;
  readonly note?: string;
}
