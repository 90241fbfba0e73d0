/** Rids a replica of transactions that never were on the primary. Every step is safe to repeat. */

import type { Fault } from '../../contract/errors.ts';
import type { SavedSurplus } from '../../core/operation.ts';
import { counted, listing } from '../../core/wording.ts';
import {
  type Finished,
  flagFor,
  goBack,
  leftToRepair,
  runAfterPromotion,
  runUntilFailure,
  stepsOf,
} from './run-phases.ts';
import { isFollowing, judgeData, oldDataText } from './run-rejoin.ts';
import { type Execution, errorNote, type StepFailure } from './run-steps.ts';

const before = ['compare', 'restore'] as const;

export async function runRepair(execution: Execution): Promise<Finished> {
  const { from, to } = execution.plan;
  const mayBeReplaced = judgeData(execution);
  const failure = await runUntilFailure(execution, before);
  if (failure) {
    const stays = mayBeReplaced(failure);
    return stays ? leaveAsItIs(execution, failure) : returnToBefore(execution, failure.fault);
  }
  const flags = await runAfterPromotion(execution);
  const follows = isFollowing(execution, flags);
  const done = `${from.name} has nothing any more that ${to.name} lacks, and ${follows ? 'follows' : 'does not follow yet'}`;
  return {
    status: follows ? 'succeeded' : 'failed',
    outcome: {
      summary: `${done}${whatBecameOfIt(execution)}${oldDataText(execution)}${leftToRepair(flags)}`,
      flags,
    },
  };
}

function returnToBefore(execution: Execution, fault: Fault): Promise<Finished> {
  const { from } = execution.plan;
  return goBack(execution, fault, () => `${from.name} still has transactions of its own`);
}

/** To replicate from where it once stood, on data that may be another's, would be worse than not to replicate. */
function leaveAsItIs({ plan: { from } }: Execution, failure: StepFailure): Finished {
  const { fault } = failure;
  const left = `${from.name} is not put back as it was: its data may be replaced in part`;
  return {
    status: 'failed',
    outcome: { summary: `${left}; ${fault.message}`, cause: errorNote(fault), flags: [flagFor(failure)] },
  };
}

function whatBecameOfIt(execution: Execution): string {
  const saved = savedBy(execution);
  const kept =
    saved &&
    `; ${counted(saved.transactions, 'transaction')} (${saved.names}) of ${listing(saved.tables) || 'no table'} saved in ${saved.file}`;
  const empty = execution.plan.steps.some(({ action }) => action.verb === 'commit-empty');
  return `${empty ? '; its rows stay different' : ''}${kept ?? ''}`;
}

function savedBy(execution: Execution): SavedSurplus | undefined {
  const step = execution.plan.steps.find(({ action }) => action.verb === 'save');
  return step && execution.progress.outputs.get(step.id)?.saved;
}

/** What is saved stays saved, as in a rejoin; and one that is being made anew may not even answer. */
export async function resumeRepair(execution: Execution, interruption: Fault): Promise<Finished> {
  const { progress } = execution;
  if (progress.rollingBack) return returnToBefore(execution, interruption);
  const isSaved = savedBy(execution) !== undefined;
  for (const phase of [...before, 'follow' as const, 'prove' as const]) {
    for (const step of stepsOf(execution, phase)) {
      const keep = isSaved && ['stop-replicating', 'compare', 'save'].includes(step.action.verb);
      if (!keep) progress.redo(step.id);
    }
  }
  return runRepair(execution);
}
