/** Makes a former primary a replica again. Every step is safe to repeat, so one that was left is begun anew. */

import { isUntouched } from '../../contract/half-done.ts';
import type { Flag, Loss, SavedSurplus } from '../../core/operation.ts';
import { amount } from '../../core/wording.ts';
import { type Finished, leftToRepair, runAfterPromotion, runUntilFailure, stepsOf } from './run-phases.ts';
import { type Execution, errorNote, type StepFailure } from './run-steps.ts';

const before = ['check', 'compare', 'restore'] as const;

export async function runRejoin(execution: Execution): Promise<Finished> {
  const { from, to } = execution.plan;
  const mayBeReplaced = judgeData(execution);
  const failure = await runUntilFailure(execution, before);
  if (failure) {
    const { message } = failure.fault;
    const summary = mayBeReplaced(failure)
      ? `${from.name} does not follow: its data may be replaced in part; ${message}`
      : `${from.name} was left as it is: ${message}`;
    return { status: 'failed', outcome: { summary, cause: errorNote(failure.fault), flags: [] } };
  }
  const flags = await runAfterPromotion(execution);
  const follows = isFollowing(execution, flags);
  const done = follows ? `${from.name} follows ${to.name} again` : `${from.name} does not follow yet`;
  const taken = takenBack(execution);
  return {
    status: follows ? 'succeeded' : 'failed',
    outcome: {
      summary: `${done}${taken ? lossText(taken) : ''}${oldDataText(execution)}${leftToRepair(flags)}`,
      flags,
      ...(taken === undefined ? {} : { loss: taken.loss }),
    },
  };
}

/**
 * Asked before a run, tells after its failure whether data may have been replaced. An earlier try, by another controller,
 * may have come further.
 */
export function judgeData({ plan, progress }: Execution): (failure: StepFailure) => boolean {
  const restore = plan.steps.find(({ action }) => action.verb === 'restore');
  const triedBefore = restore !== undefined && progress.begun(restore.id);
  return ({ step, fault }) => triedBefore || (step === restore && !isUntouched(fault));
}

/** Housekeeping that failed is left to repair, and no reason to doubt that it follows. */
export const isFollowing = ({ plan }: Execution, flags: readonly Flag[]): boolean =>
  plan.steps
    .filter(({ action }) => action.verb === 'follow' || action.verb === 'prove')
    .every(({ id }) => flags.every(({ step }) => step !== id));

/** Where the data lies that a copy replaced; it takes room that somebody may want. */
export function oldDataText({ progress, plan }: Execution): string {
  const step = plan.steps.find(({ action }) => action.verb === 'settle-copy');
  const note = step && progress.outputs.get(step.id)?.note;
  return note === undefined ? '' : `; ${note}`;
}

interface TakenBack {
  /** Absent where its engine keeps nothing that could be saved. */
  readonly saved?: SavedSurplus;
  readonly loss: Loss;
}

function takenBack({ progress, plan }: Execution): TakenBack | undefined {
  const outputs = plan.steps
    .filter(({ action }) => action.verb === 'save' || action.verb === 'compare')
    .flatMap(({ id }) => progress.outputs.get(id) ?? []);
  const { saved, loss } = outputs.find((output) => output.loss !== undefined) ?? {};
  return loss && { loss, ...(saved === undefined ? {} : { saved }) };
}

function lossText({ saved, loss }: TakenBack): string {
  const what = `${amount({ ...loss, count: loss.transactions })} that only it had (${loss.names})`;
  const judged =
    loss.verdict === 'none'
      ? 'cannot have been acknowledged and were discarded without loss'
      : `may have been acknowledged and are not in the cluster: ${loss.because}`;
  return `; ${what} ${judged}${saved === undefined ? '' : `; saved in ${saved.file}`}`;
}

/** What is saved stays saved: once it is being taken back, a second look would not find it any more. */
export async function resumeRejoin(execution: Execution): Promise<Finished> {
  const { progress } = execution;
  const isSaved = takenBack(execution) !== undefined;
  for (const phase of [...before, 'follow' as const, 'prove' as const]) {
    for (const step of stepsOf(execution, phase)) {
      const keep = isSaved && (step.action.verb === 'save' || step.action.verb === 'compare');
      if (!keep) progress.redo(step.id);
    }
  }
  return runRejoin(execution);
}
