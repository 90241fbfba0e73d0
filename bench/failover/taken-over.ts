/** The failover that the controller began by itself, when it has ended. */
import { journalSchema, operationListSchema } from '../../src/contract/answer-schema.ts';
import type { JournalEntry, Operation } from '../../src/core/operation.ts';
import { tailOf } from '../../test/kit/child.ts';
import type { ControllerProcess } from '../../test/kit/controller-process.ts';
import { until } from '../../test/kit/deadline.ts';
import { CLUSTER } from './scene.ts';

export interface TakenOver {
  readonly operation: Operation;
  readonly journal: readonly JournalEntry[];
}

/** Generous: what takes long is to be seen as a figure, not as an error. */
const END_MS = 30_000;
/** Seldom, so that asking does not cost the controller what is measured. */
const LOOK_EVERY_MS = 200;
const LOG_LINES = 20;

/** Attempts that were refused or rolled back are followed by another. Throws when none succeeds; it names the last. */
export async function awaitTakeOver(
  { client, logFile }: ControllerProcess,
  signal: AbortSignal,
): Promise<TakenOver> {
  let last: Operation | undefined;
  try {
    const operation = await until('a failover', { deadlineMs: END_MS, everyMs: LOOK_EVERY_MS }, async () => {
      signal.throwIfAborted();
      const failovers = await failoversOf(client);
      last = failovers[0] ?? last;
      return failovers.find(({ status }) => status === 'succeeded');
    });
    const { journal } = await client.get(`/v1/operations/${operation.id}/journal`, journalSchema);
    return { operation, journal };
  } catch (thrown) {
    signal.throwIfAborted();
    const ending = last === undefined ? 'none was begun' : endingOf(last);
    throw new Error(`nobody took over: ${ending}\n${await tailOf(logFile, LOG_LINES)}`, { cause: thrown });
  }
}

/** Newest first. */
export async function failoversOf(client: ControllerProcess['client']): Promise<readonly Operation[]> {
  const path = `/v1/operations?cluster=${CLUSTER}`;
  const { operations } = await client.get(path, operationListSchema);
  return operations.filter(({ kind }) => kind === 'failover');
}

export function endingOf({ id, status, outcome, refusals = [] }: Operation): string {
  const facts = refusals.map(({ fact }) => fact);
  return `${id} ${status}: ${outcome?.summary ?? (facts.length > 0 ? facts.join('; ') : 'no reason given')}`;
}
