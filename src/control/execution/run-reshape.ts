/**
 * Changes the shape of a cluster of several primaries. Nothing is taken back: what has gone has gone, and every step goes on
 * where it stopped, from what the nodes say. So it is resumed by being run again, without the steps that are done.
 */
import type { Fault } from '../../contract/errors.ts';
import type { AbandonWord, JournalEvent } from '../../core/operation.ts';
import type { Phase } from '../../core/plan.ts';
import type { MoveProgress } from '../../core/shards/cluster-shaper.ts';
import { counted } from '../../core/wording.ts';
import { rollBack } from './roll-back.ts';
import { type Finished, flagFor, leftToRepair, runAfterPromotion, runUntilFailure } from './run-phases.ts';
import { type Execution, errorNote, type StepFailure } from './run-steps.ts';

const before: readonly Phase[] = ['mend', 'join', 'move', 'place', 'configure', 'leave'];

export async function runReshape(execution: Execution): Promise<Finished> {
  const { abandonment, progress } = execution;
  if (progress.abandoned) return stoppedBy(progress.abandoned, execution, undefined);
  abandonment.waits();
  const failure = await runUntilFailure({ ...execution, halt: abandonment.given }, before);
  const { word } = abandonment;
  abandonment.knows();
  if (failure && word) return stoppedBy(word, execution, failure);
  if (failure?.step.undo) return putBack(execution, failure.fault);
  if (failure) return stoppedAt(execution, failure);
  const flags = await runAfterPromotion({ ...execution });
  return {
    status: 'succeeded',
    outcome: { summary: `${doneText(execution)}${leftToRepair(flags)}`, flags },
  };
}

export function resumeReshape(execution: Execution, interruption: Fault): Promise<Finished> {
  return execution.progress.rollingBack ? putBack(execution, interruption) : runReshape(execution);
}

/** What has gone, and what the operation was for. */
function doneText({ plan, progress }: Execution): string {
  const moved = movedBy(plan.steps.flatMap(({ id }) => progress.outputs.get(id)?.moved ?? []));
  const { title = 'reshape' } = plan;
  return moved === undefined ? `${title} done` : `${title} done: ${movedText(moved)}`;
}

const movedText = ({ slotsDone, keysMoved }: MoveProgress): string =>
  `${counted(slotsDone, 'slot')} and ${counted(keysMoved, 'key')} have gone over`;

function movedBy(all: readonly MoveProgress[]): MoveProgress | undefined {
  if (all.length === 0) return undefined;
  const sum = (of: (each: MoveProgress) => number): number =>
    all.reduce((total, each) => total + of(each), 0);
  return {
    slotsDone: sum(({ slotsDone }) => slotsDone),
    slots: sum(({ slots }) => slots),
    keysMoved: sum(({ keysMoved }) => keysMoved),
  };
}

/** Of the step that failed, its fault tells how far it came; of others that were cut short, the last line of the journal. */
export function soFar({ plan, progress }: Execution, failure?: StepFailure): string {
  const ofFailed = failure?.fault.details.moved as MoveProgress | undefined;
  const far = (id: string): MoveProgress | undefined =>
    progress.outputs.get(id)?.moved ??
    (failure?.step.id === id ? ofFailed : undefined) ??
    progress.moving.get(id);
  const moved = movedBy(plan.steps.flatMap(({ id }) => far(id) ?? []));
  const steps = plan.steps.filter(({ id }) => progress.done(id)).length;
  const done = `${steps} of ${counted(plan.steps.length, 'step')} done`;
  return moved === undefined ? done : `${done}, ${movedText(moved)}`;
}

async function stoppedBy(
  word: AbandonWord,
  execution: Execution,
  failure: StepFailure | undefined,
): Promise<Finished> {
  const { journal, progress, plan } = execution;
  if (!progress.abandoned) {
    const what: JournalEvent = { event: 'abandoned', ...word };
    await journal.note(what);
    progress.take(what);
  }
  const { by, reason } = word;
  return {
    status: 'failed',
    outcome: {
      summary: `stopped where it was: ${soFar(execution, failure)}; what is left can be planned again (${plan.title ?? 'reshape'})`,
      cause: { code: 'abandoned', message: `${by} gave it up: ${reason}` },
      flags: [],
    },
  };
}

function stoppedAt(execution: Execution, failure: StepFailure): Finished {
  return {
    status: 'failed',
    outcome: {
      summary: `stopped where it was: ${soFar(execution, failure)}; ${failure.fault.message}`,
      cause: errorNote(failure.fault),
      flags: [flagFor(failure)],
    },
  };
}

async function putBack(execution: Execution, fault: Fault): Promise<Finished> {
  const { flags } = await rollBack(execution, fault);
  const summary = flags.length === 0 ? 'all settings are as they were' : 'not all settings are as they were';
  return {
    status: flags.length === 0 ? 'rolled-back' : 'failed',
    outcome: { summary: `${summary}; ${fault.message}`, cause: errorNote(fault), flags },
  };
}
