/** What may still be said of an operation that was given up and has ended: that the candidate it may have promoted is down. */
import { Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { ServerId } from '../../core/identity.ts';
import type { AbandonWord, Operation } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import type { Store } from '../../core/store.ts';
import { summaryOf } from '../execution/end-abandoned.ts';
import { doubted, readDoubts, type Suspects } from './doubts.ts';
import type { Holder } from './holder.ts';
import { Journal } from './journal.ts';
import { acquireLease } from './lease.ts';
import { findOperation, operationWrite, readJournal } from './records.ts';

export interface AbandonParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly holder: Holder;
}

/**
 * Under the cluster's lease, so that no operation which deals with the doubt ends meanwhile. Throws `refused` where nothing
 * was given up, where nothing is in doubt any more, and while an operation has the cluster in hand.
 */
export async function settleAbandoned(
  parts: AbandonParts,
  { operation, word, suspects }: { operation: Operation; word: AbandonWord; suspects: Suspects },
): Promise<Operation> {
  const { store, clock } = parts;
  const { id, cluster } = operation;
  candidateOf(operation, word);
  const answer = await acquireLease(parts, cluster, id);
  if (!answer.ok)
    throw new Fault('refused', `${answer.heldFor} has the cluster in hand: say it again once that has ended`);
  const { lease } = answer;
  try {
    const now = (await findOperation(store, id)) ?? operation;
    const plan = candidateOf(now, word);
    await readDoubts(store, cluster, suspects.doubts);
    assertInDoubt(now, plan.to, suspects);
    const closed = withWord(now, plan, word);
    const change = doubted(closed, plan, word.by);
    const next = ((await readJournal(store, id)).at(-1)?.sequence ?? -1) + 1;
    const journal = new Journal({ store, clock, guard: lease.guard, operation: id, next });
    const writes = [operationWrite(closed), ...change.writes];
    await journal.write({ event: 'abandoned', ...word }, 'flushed', writes);
    change.apply(suspects);
    return closed;
  } finally {
    await lease.release();
  }
}

function candidateOf({ id, status, plan, abandoned }: Operation, word: AbandonWord): Plan {
  if (status === 'running')
    throw new Fault('refused', `${id} is not run by this controller; ask the one that runs it`);
  if (!plan || !abandoned) throw new Fault('refused', `${id} has ended by itself: ${status}`);
  if (!word.candidateDown)
    throw new Fault('refused', `${id} has been given up; say --candidate-down once ${plan.to.name} is off`);
  return plan;
}

/** A doubt that was dealt with is not brought back: no failover would rule that server out a second time. */
function assertInDoubt({ id }: Operation, to: { id: ServerId; name: string }, { doubts }: Suspects): void {
  if (doubts.get(to.id)?.operation === id) return;
  const fact = `whether ${id} promoted ${to.name} is in doubt no more: a later operation has dealt with it`;
  throw new Fault('refused', fact);
}

/** Who gave it up stays on record as it was. */
function withWord(operation: Operation, plan: Plan, { by }: AbandonWord): Operation {
  const { abandoned, outcome } = operation;
  if (!abandoned || !outcome) return operation;
  const flags = outcome.flags.filter(({ step }) => step !== plan.pointOfNoReturn);
  return { ...operation, outcome: { ...outcome, summary: summaryOf(plan, abandoned, by), flags } };
}
