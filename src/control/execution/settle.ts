/** Finds out what became of a promotion whose answer is not known, by asking both servers until they tell. */

import { withDeadline } from '../../core/deadline.ts';
import { type Settlement, type Side, settlePromotion } from '../../core/execution/settle-promotion.ts';
import { sameAddress } from '../../core/identity.ts';
import type { Observation } from '../../core/observation.ts';
import type { Target } from '../../core/plan.ts';
import type { Execution } from './run-steps.ts';

export interface Settled {
  readonly verdict: Exclude<Settlement, 'ask-again'>;
  readonly because: string;
}

const lookMs = 1000;
const longestPauseMs = 2000;
/** When it takes longer than this, the journal says what is waited for. */
const patienceMs = 5000;

/**
 * Asks until the answer is known, however long that takes: the old primary is left frozen meanwhile, and a person
 * who makes it writable ends the wait. Ends early only with the lease or the controller, or when a person gives it up.
 */
export async function settle(execution: Execution): Promise<Settled> {
  const { plan, abandonment } = execution;
  const { clock } = execution.surroundings;
  const began = clock.monotonic();
  let told = false;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const [old, candidate] = await Promise.all([look(execution, plan.from), look(execution, plan.to)]);
    const { verdict, because } = settlePromotion({
      ...promotionSoFar(execution),
      old: side(old),
      candidate: side(candidate),
      follows: follows(candidate, plan.from),
    });
    if (verdict !== 'ask-again') {
      abandonment.knows();
      return { verdict, because };
    }
    if (!told && clock.monotonic() - began > patienceMs) {
      told = true;
      abandonment.waits();
      await execution.journal.note({ event: 'resumed', note: waiting(execution, because) });
    }
    await abandonment.pause(clock, pauseMs, execution.stop);
  }
}

function promotionSoFar({ plan, progress, journalComplete }: Execution): { started: boolean; done: boolean } {
  const promotion = plan.pointOfNoReturn;
  const frozen = plan.steps.some((step) => step.action.verb === 'freeze' && progress.begun(step.id));
  return {
    started: progress.begun(promotion) || (frozen && !journalComplete),
    done: progress.done(promotion),
  };
}

function waiting({ plan, operation }: Execution, because: string): string {
  const { from, to } = plan;
  return `waiting for ${to.name} and ${from.name} to answer: ${because}. If ${to.name} is gone for good, make ${from.name} writable, or give it up: dauphin abandon ${operation}`;
}

/** Undefined: it does not answer. */
async function look(execution: Execution, server: Target): Promise<Observation | undefined> {
  const { clock, link } = execution.surroundings;
  const call = { signal: execution.stop, deadlineMs: lookMs };
  try {
    return await withDeadline(clock, call, 'look', (signal) => link(server).probe({ ...call, signal }));
  } catch {
    execution.stop.throwIfAborted();
    return undefined;
  }
}

function side(seen: Observation | undefined): Side {
  if (!seen) return 'unreachable';
  return seen.writeMode === 'writable' ? 'writable' : 'read-only';
}

const follows = (seen: Observation | undefined, source: Target): boolean =>
  seen?.channels.some(
    (channel) => channel.receiver !== 'stopped' && sameAddress(channel.source, source.address),
  ) ?? false;
