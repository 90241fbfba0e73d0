/** Runs the steps of a phase: journaled before and after, side by side where the plan allows. */

import { asFault, type Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { ErrorNote, JournalEvent, StepOutput } from '../../core/operation.ts';
import type { Phase, Step } from '../../core/plan.ts';
import type { Durability } from '../../core/store.ts';
import type { Journal } from '../operations/journal.ts';
import type { Abandonment } from './abandonment.ts';
import { perform } from './perform.ts';
import type { Progress } from './progress.ts';
import { progressLines } from './progress-lines.ts';
import type { Run } from './run.ts';

export interface Execution extends Run {
  readonly journal: Journal;
  readonly progress: Progress;
  /**
   * The journal surely has all that was written to it. Not so after a crash of the controller's machine: the lines
   * of the moments in which writers wait may not have been on its disk yet.
   */
  readonly journalComplete: boolean;
  /** Failures before the promotion that did not stop it. */
  readonly carried: StepFailure[];
  /** The lease is lost or the controller stops: no further step. */
  readonly stop: AbortSignal;
  readonly abandonment: Abandonment;
}

export interface StepFailure {
  readonly step: Step;
  readonly fault: Fault;
}

/**
 * In these, writers wait: their entries are flushed later. The intent to freeze, or to fence, is flushed before; what a
 * failover does up to its promotion is begun anew by whoever takes it up.
 */
const urgent: ReadonlySet<Phase> = new Set<Phase>([
  'confirm',
  'gather',
  'salvage',
  'level',
  'reach',
  'demote',
  'promote',
  'release',
]);

export const errorNote = (fault: Fault): ErrorNote => ({ code: fault.code, message: fault.message });

/**
 * All failures of the phase; empty when every step is done. A step that may not fail ends the others of its
 * phase; one that is to stop the plan where it is has them end where they can. Throws `lease-lost` when the cluster is somebody else's now.
 */
export async function runPhase(
  execution: Execution,
  steps: readonly Step[],
): Promise<readonly StepFailure[]> {
  const failures: StepFailure[] = [];
  const others = new AbortController();
  const halt = new AbortController();
  const running = new Map<string, Promise<void>>();
  const signal = AbortSignal.any([execution.stop, others.signal]);
  const halting = AbortSignal.any([halt.signal, ...(execution.halt ? [execution.halt] : [])]);
  const runOne = async (step: Step): Promise<void> => {
    for (const id of step.after) await running.get(id);
    if (signal.aborted || halt.signal.aborted || execution.progress.done(step.id)) return;
    const fault = await runStep({ ...execution, halt: halting }, step, signal).catch((thrown: unknown) => {
      others.abort(thrown);
      throw thrown;
    });
    if (!fault) return;
    failures.push({ step, fault });
    if (step.onFailure === 'roll-back') others.abort(fault);
    if (step.onFailure === 'stop') halt.abort();
  };
  for (const step of steps) running.set(step.id, runOne(step));
  // All of them, also when one throws: nothing may go on behind the caller's back.
  const ends = await Promise.allSettled(running.values());
  const thrown = ends.find((end) => end.status === 'rejected');
  if (thrown) throw thrown.reason;
  execution.stop.throwIfAborted();
  return failures;
}

/** Of a failover, before the promotion: what does not succeed at once is gone on without, since writers wait. */
const whileNobodyWrites: ReadonlySet<Phase> = new Set(['confirm', 'fence', 'gather', 'salvage', 'level']);

async function runStep(execution: Execution, step: Step, signal: AbortSignal): Promise<Fault | undefined> {
  // The promotion and all before it must be on record before it is sent, or whoever takes the operation up would not
  // know what there is to undo; the steps after it are done even when the store is full.
  const forward =
    step.onFailure === 'carry-forward' && step.phase !== 'promote' && !whileNobodyWrites.has(step.phase);
  const durability: Durability = urgent.has(step.phase) ? 'buffered' : 'flushed';
  const clock = execution.surroundings.clock;
  const { assertAllowed } = execution.surroundings;
  const call: Call = { signal, deadlineMs: step.deadlineMs, assertAllowed };
  let began = clock.monotonic();
  try {
    const started: JournalEvent = { event: 'step-started', step: step.id };
    await (forward
      ? execution.journal.note(started, durability)
      : execution.journal.write(started, durability));
    execution.progress.take(started);
    began = clock.monotonic();
    execution.progress.markStarted(step, began);
    const output = await withDeadline(clock, call, step.title, (inner) =>
      forward
        ? insist(execution, step, { ...call, signal: inner })
        : perform(step.action, telling(execution, step), { ...call, signal: inner }),
    );
    const ms = clock.monotonic() - began;
    // Writers wait for the next step; of a freeze, its position is all that is known at that moment.
    const { verb } = step.action;
    const afterwards = verb === 'freeze' || verb === 'fence' ? 'buffered' : durability;
    const done: JournalEvent = {
      event: 'step-done',
      step: step.id,
      ms,
      ...(hasContent(output) ? { output } : {}),
    };
    execution.progress.take(done);
    await execution.journal.note(done, afterwards);
    return undefined;
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.code === 'lease-lost') throw fault;
    const failed: JournalEvent = {
      event: 'step-failed',
      step: step.id,
      ms: clock.monotonic() - began,
      error: errorNote(fault),
    };
    await execution.journal.note(failed);
    execution.progress.take(failed);
    return fault;
  }
}

/** A line that cannot be written is left out: the next one tells more. */
function telling(execution: Execution, { id }: Step): Execution {
  const { journal, progress, surroundings } = execution;
  const tell = progressLines(surroundings.clock, (far) => {
    const what: JournalEvent = { event: 'step-progress', step: id, ...far };
    progress.take(what);
    void journal.write(what, 'buffered').catch(() => undefined);
  });
  return { ...execution, tell };
}

/** After the promotion there is no way back: what may heal (a server that restarts) is tried until the deadline. */
async function insist(execution: Execution, step: Step, call: Call): Promise<StepOutput> {
  const clock = execution.surroundings.clock;
  const began = clock.monotonic();
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    const left = call.deadlineMs - (clock.monotonic() - began);
    try {
      return await perform(step.action, execution, { ...call, deadlineMs: left });
    } catch (thrown) {
      const fault = asFault(thrown);
      if (!fault.retryable || left <= pauseMs * 2) throw fault;
      await clock.sleep(pauseMs, call.signal);
    }
  }
}

const hasContent = (output: object): boolean => Object.keys(output).length > 0;
