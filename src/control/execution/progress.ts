/** How far an operation has come, as its journal tells it. Built up while it runs, rebuilt after a crash. */

import type {
  AbandonWord,
  JournalEntry,
  JournalEvent,
  StepOutput,
  StepProgress,
} from '../../core/operation.ts';
import type { Step } from '../../core/plan.ts';

type StepState = 'started' | 'done' | 'failed' | 'undone';

export class Progress {
  readonly #states = new Map<string, StepState>();
  readonly #again = new Set<string>();
  readonly outputs = new Map<string, StepOutput>();
  /** How far steps that take long had come when that was last told. */
  readonly moving = new Map<string, StepProgress>();
  #rollingBack = false;
  #abandoned: AbandonWord | undefined;
  #frozenAt: number | undefined;
  #promotedAt: number | undefined;
  /** When the new primary took writes, epoch milliseconds; undefined when another controller saw it. */
  promotedAtEpoch: number | undefined;

  static replay(entries: readonly JournalEntry[]): Progress {
    const progress = new Progress();
    for (const { what } of entries) progress.take(what);
    return progress;
  }

  take(what: JournalEvent): void {
    switch (what.event) {
      case 'step-started':
        this.#states.set(what.step, 'started');
        this.#again.delete(what.step);
        break;
      case 'step-done':
        this.#states.set(what.step, 'done');
        if (what.output) this.outputs.set(what.step, what.output);
        break;
      case 'step-failed':
        this.#states.set(what.step, 'failed');
        // Of an earlier try: it holds no longer.
        this.outputs.delete(what.step);
        break;
      case 'undo-done':
        this.#states.set(what.step, 'undone');
        break;
      case 'rolling-back':
        this.#rollingBack = true;
        break;
      case 'abandoned':
        this.#abandoned = { by: what.by, reason: what.reason, candidateDown: what.candidateDown };
        break;
      case 'step-progress':
        this.moving.set(what.step, what);
        break;
      case 'undo-started':
      case 'undo-failed':
      case 'resumed':
      case 'finished':
        break;
      default:
        what satisfies never;
    }
  }

  /** It may have had an effect. */
  begun(step: string): boolean {
    const state = this.#states.get(step);
    return state !== undefined && state !== 'undone';
  }

  done(step: string): boolean {
    return this.#states.get(step) === 'done' && !this.#again.has(step);
  }

  /** It is to be run once more; that it may have had an effect already stays known. */
  redo(step: string): void {
    this.#again.add(step);
    this.outputs.delete(step);
  }

  /** Monotonic milliseconds; only the first freeze counts, since writers wait from there on. */
  markStarted(step: Step, at: number): void {
    if (step.action.verb === 'freeze') this.#frozenAt ??= at;
  }

  markPromoted(at: number, epoch: number): void {
    this.#promotedAt = at;
    this.promotedAtEpoch = epoch;
  }

  /** How long writers were held; undefined when another controller began it. */
  get heldMs(): number | undefined {
    return this.#frozenAt === undefined || this.#promotedAt === undefined
      ? undefined
      : this.#promotedAt - this.#frozenAt;
  }

  get rollingBack(): boolean {
    return this.#rollingBack;
  }

  /** It was given up: whoever takes it up brings it to that end, and asks nobody any more. */
  get abandoned(): AbandonWord | undefined {
    return this.#abandoned;
  }
}
