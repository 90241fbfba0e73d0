/** Puts the replicas of a dead intermediate source under another. Every step is safe to repeat. */

import { type Finished, leftToRepair, runAfterPromotion, runUntilFailure, stepsOf } from './run-phases.ts';
import { type Execution, errorNote } from './run-steps.ts';

export async function runRelocation(execution: Execution): Promise<Finished> {
  const { from, to } = execution.plan;
  const failure = await runUntilFailure(execution, ['confirm']);
  if (failure) {
    const cause = errorNote(failure.fault);
    const summary = `nothing was changed: ${failure.fault.message}`;
    return { status: 'rolled-back', outcome: { summary, cause, flags: [] } };
  }
  const flags = await runAfterPromotion(execution);
  const summary = `the replicas of ${from.name} follow ${to.name}${leftToRepair(flags)}`;
  return { status: 'succeeded', outcome: { summary, flags } };
}

export function resumeRelocation(execution: Execution): Promise<Finished> {
  for (const phase of ['confirm', 'follow', 'prove'] as const) {
    for (const step of stepsOf(execution, phase)) execution.progress.redo(step.id);
  }
  return runRelocation(execution);
}
