/** How an operation ends that was not let come to its own end. */
import { asFault } from '../../contract/errors.ts';
import type { Abandonment } from '../execution/abandonment.ts';
import { endAbandoned } from '../execution/end-abandoned.ts';
import { programs } from '../execution/programs.ts';
import type { Finished } from '../execution/run-phases.ts';
import type { Execution } from '../execution/run-steps.ts';

/** What may end an operation before it has come to its own end. */
export interface Ends {
  readonly giveUp: AbortSignal;
  readonly abandonment: Abandonment;
}

/** What was given up on purpose is closed; anything else was left, and is taken up again. */
export async function givenUp(
  execution: Execution,
  { giveUp, abandonment: { word } }: Ends,
  thrown: unknown,
): Promise<Finished> {
  if (word && asFault(thrown).code === 'abandoned') return endAbandoned(execution, word);
  if (!giveUp.aborted) throw thrown;
  const { code, message } = asFault(giveUp.reason);
  const done = programs[execution.plan.kind].account?.(execution);
  const summary = done === undefined ? message : `${message}; ${done}`;
  return { status: 'failed', outcome: { summary, cause: { code, message }, flags: [] } };
}
