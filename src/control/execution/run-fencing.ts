/** Makes a former primary that came back writable read-only. */

import { type Finished, runUntilFailure, stepsOf } from './run-phases.ts';
import { type Execution, errorNote } from './run-steps.ts';

export async function runFencing(execution: Execution): Promise<Finished> {
  const { from } = execution.plan;
  const failure = await runUntilFailure(execution, ['fence']);
  const [step] = stepsOf(execution, 'fence');
  const output = step && execution.progress.outputs.get(step.id);
  if (!failure && output?.fence === 'read-only') {
    return { status: 'succeeded', outcome: { summary: `${from.name} is read-only`, flags: [] } };
  }
  const why = failure?.fault.message ?? output?.note ?? 'it did not answer';
  return {
    status: 'failed',
    outcome: {
      summary: `${from.name} could not be made read-only: ${why}`,
      ...(failure ? { cause: errorNote(failure.fault) } : {}),
      flags: [],
    },
  };
}

export function resumeFencing(execution: Execution): Promise<Finished> {
  for (const step of stepsOf(execution, 'fence')) execution.progress.redo(step.id);
  return runFencing(execution);
}
