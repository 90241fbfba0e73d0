/** What may still be said of an operation that nobody runs any more: that the candidate it may have promoted is down. */
import { Fault } from '../../contract/errors.ts';
import type { Doubt } from '../../core/failover/possible-primaries.ts';
import type { ServerId } from '../../core/identity.ts';
import type { AbandonWord, Operation } from '../../core/operation.ts';
import type { Store } from '../../core/store.ts';
import { doubted } from './doubts.ts';
import { operationWrite } from './records.ts';

/** Throws `refused` where there is nothing that could be given up. */
export async function settleAbandoned(
  store: Store,
  { operation, word, doubts }: { operation: Operation; word: AbandonWord; doubts: Map<ServerId, Doubt> },
): Promise<Operation> {
  const { id, status, plan, abandoned } = operation;
  if (status === 'running')
    throw new Fault('refused', `${id} is not run by this controller; ask the one that runs it`);
  if (!plan || !abandoned) throw new Fault('refused', `${id} has ended by itself: ${status}`);
  if (!word.candidateDown)
    throw new Fault('refused', `${id} has been given up; say --candidate-down once ${plan.to.name} is off`);
  const closed: Operation = { ...operation, abandoned: word };
  const change = doubted(closed, plan, word.by);
  await store.commit({ compare: [], writes: [operationWrite(closed), ...change.writes] });
  change.apply(doubts);
  return closed;
}
