/** Makes a former primary a replica again. Every step is safe to repeat, so one that was left is begun anew. */

import type { Loss, SavedSurplus } from '../../core/operation.ts';
import { counted } from '../../core/wording.ts';
import { type Finished, leftToRepair, runAfterPromotion, runUntilFailure, stepsOf } from './run-phases.ts';
import { type Execution, errorNote } from './run-steps.ts';

const before = ['check', 'compare', 'restore'] as const;

export async function runRejoin(execution: Execution): Promise<Finished> {
  const { from, to } = execution.plan;
  const failure = await runUntilFailure(execution, before);
  if (failure) {
    const cause = errorNote(failure.fault);
    return {
      status: 'failed',
      outcome: { summary: `${from.name} was left as it is: ${failure.fault.message}`, cause, flags: [] },
    };
  }
  const flags = await runAfterPromotion(execution);
  const follows =
    flags.length === 0 ? `${from.name} follows ${to.name} again` : `${from.name} does not follow yet`;
  const taken = takenBack(execution);
  return {
    status: flags.length === 0 ? 'succeeded' : 'failed',
    outcome: {
      summary: `${follows}${taken ? lossText(taken) : ''}${oldDataText(execution)}${leftToRepair(flags)}`,
      flags,
      ...(taken === undefined ? {} : { loss: taken.loss }),
    },
  };
}

/** Where the data lies that a copy replaced; it takes room that somebody may want. */
export function oldDataText({ progress, plan }: Execution): string {
  const step = plan.steps.find(({ action }) => action.verb === 'settle-copy');
  const note = step && progress.outputs.get(step.id)?.note;
  return note === undefined ? '' : `; ${note}`;
}

interface TakenBack {
  readonly saved: SavedSurplus;
  readonly loss: Loss;
}

function takenBack({ progress, plan }: Execution): TakenBack | undefined {
  const step = plan.steps.find(({ action }) => action.verb === 'save');
  const { saved, loss } = (step && progress.outputs.get(step.id)) ?? {};
  return saved && loss && { saved, loss };
}

function lossText({ saved, loss }: TakenBack): string {
  const what = `${counted(loss.transactions, 'transaction')} that only it had (${loss.names})`;
  const judged =
    loss.verdict === 'none'
      ? 'cannot have been acknowledged and were discarded without loss'
      : `may have been acknowledged and are not in the cluster: ${loss.because}`;
  return `; ${what} ${judged}; saved in ${saved.file}`;
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
