/** How an operation ends that a person gave up while nobody could tell whether its candidate had been promoted. */

import type { AbandonWord, Flag, JournalEvent } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import { repairOfUndo, type Undoable, undo } from './roll-back.ts';
import type { Finished } from './run-phases.ts';
import type { Execution } from './run-steps.ts';

/**
 * Of a promotion whose outcome nobody knows: what was seen last, and what a person has to see to. The survivors receive
 * again, or they could not bear witness that the old primary is dead. All else is left as it is: with a second primary
 * about, letting anybody write could make two.
 */
export async function endAbandoned(execution: Execution, word: AbandonWord): Promise<Finished> {
  const { plan, journal, progress } = execution;
  if (!progress.abandoned) {
    const what: JournalEvent = { event: 'abandoned', ...word };
    await journal.note(what);
    progress.take(what);
  }
  const flags = await flagsOf(execution);
  const { by, reason, candidateDown } = word;
  return {
    status: 'failed',
    abandoned: word,
    outcome: {
      summary: summaryOf(plan, word, candidateDown ? by : undefined),
      cause: { code: 'abandoned', message: `${by} gave it up: ${reason}` },
      flags: [...(candidateDown ? [] : [doubtOf(execution)]), ...flags],
    },
  };
}

/** `downBy`: who says that its candidate takes no writes. */
export function summaryOf(
  { from, to }: Plan,
  { by, reason }: AbandonWord,
  downBy: string | undefined,
): string {
  const candidate =
    downBy === undefined
      ? `${to.name} fell silent while it was promoted, and may take writes`
      : `${to.name} is down, as ${downBy} says`;
  return `given up by ${by}: ${reason}; ${candidate}; ${from.name} is not replaced`;
}

function doubtOf({ plan, operation }: Execution): Flag {
  const { name } = plan.to;
  return {
    step: plan.pointOfNoReturn,
    server: name,
    problem: { code: 'abandoned', message: 'it may have become writable before it fell silent' },
    repair: `see that ${name} is off or read-only, and say so: dauphin abandon ${operation} --candidate-down`,
  };
}

async function flagsOf(execution: Execution): Promise<readonly Flag[]> {
  const { plan, progress } = execution;
  const begun = plan.steps.filter((step): step is Undoable => !!step.undo && progress.begun(step.id));
  const flags = begun.map(async (step): Promise<readonly Flag[]> => {
    const server = 'server' in step.undo ? step.undo.server : undefined;
    const receives = step.undo.verb === 'restore-replication' && server?.id !== plan.to.id;
    const fault = receives ? await undo(execution, step) : undefined;
    if (receives && !fault) return [];
    const message = fault?.message ?? `left as it is: ${step.title}`;
    const named = server ? { server: server.name } : {};
    const problem = { code: 'abandoned', message };
    return [{ step: step.id, ...named, problem, repair: repairOfUndo(step.undo) }];
  });
  return (await Promise.all(flags)).flat();
}
