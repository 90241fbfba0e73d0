/** Rids a replica of transactions that never were on the primary. Every step is safe to repeat. */

import type { SavedSurplus } from '../../core/operation.ts';
import type { Step } from '../../core/plan.ts';
import { counted, listing } from '../../core/wording.ts';
import {
  type Finished,
  goBack,
  leftToRepair,
  runAfterPromotion,
  runUntilFailure,
  stepsOf,
} from './run-phases.ts';
import { oldDataText } from './run-rejoin.ts';
import type { Execution } from './run-steps.ts';

const before = ['compare', 'restore'] as const;

export async function runRepair(execution: Execution): Promise<Finished> {
  const { from, to } = execution.plan;
  const failure = await runUntilFailure(execution, before);
  if (failure)
    return goBack(execution, failure.fault, () => `${from.name} still has transactions of its own`);
  const flags = await runAfterPromotion(execution);
  const follows = flags.every(({ step }) => step === saveStep(execution)?.id);
  const done = `${from.name} has nothing any more that ${to.name} lacks, and ${follows ? 'follows' : 'does not follow yet'}`;
  return {
    status: follows ? 'succeeded' : 'failed',
    outcome: {
      summary: `${done}${whatBecameOfIt(execution)}${oldDataText(execution)}${leftToRepair(flags)}`,
      flags,
    },
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

const saveStep = ({ plan }: Execution): Step | undefined =>
  plan.steps.find(({ action }) => action.verb === 'save');

function savedBy(execution: Execution): SavedSurplus | undefined {
  const step = saveStep(execution);
  return step && execution.progress.outputs.get(step.id)?.saved;
}

/** What is saved stays saved, as in a rejoin; and one that is being made anew may not even answer. */
export async function resumeRepair(execution: Execution): Promise<Finished> {
  const { progress } = execution;
  const isSaved = savedBy(execution) !== undefined;
  for (const phase of [...before, 'follow' as const, 'prove' as const]) {
    for (const step of stepsOf(execution, phase)) {
      const keep = isSaved && ['stop-replicating', 'compare', 'save'].includes(step.action.verb);
      if (!keep) progress.redo(step.id);
    }
  }
  return runRepair(execution);
}
