/** Finds out what became of an election whose end was not seen, by asking the nodes of the cluster until they tell. */
import type { Plan } from '../../core/plan.ts';
import type { Execution } from './run-steps.ts';
import type { HandOverAction } from './surroundings.ts';

/** The server's own time is 5 s; when it takes longer than this, the journal says what is waited for. */
const patienceMs = 7_000;
const firstPauseMs = 20;
const longestPauseMs = 500;

/** Of a plan in which the servers hand over among themselves. */
export function handOverOf({ steps }: Plan): HandOverAction | undefined {
  for (const { action } of steps) if (action.verb === 'hand-over') return action;
  return undefined;
}

/** As long as that takes; ends early only with the lease or the controller, or when a person gives it up. */
export async function awaitElection(
  execution: Execution,
  action: HandOverAction,
): Promise<'elected' | 'not-elected'> {
  const { surroundings, stop, journal, abandonment, operation } = execution;
  const { clock } = surroundings;
  const began = clock.monotonic();
  let told = false;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const fate = await surroundings.fateOf(action, stop);
    stop.throwIfAborted();
    if (fate !== 'unknown') {
      abandonment.knows();
      return fate;
    }
    if (!told && clock.monotonic() - began > patienceMs) {
      told = true;
      abandonment.waits();
      const { name } = action.server;
      const note = `waiting for ${name}: it may have been elected before it fell silent. If it is gone for good: dauphin abandon ${operation}`;
      await journal.note({ event: 'resumed', note });
    }
    await abandonment.pause(clock, pauseMs, stop);
  }
}
