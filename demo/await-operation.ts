/** An operation that the controller begins by itself. */
import { operationListSchema } from '../src/contract/answer-schema.ts';
import type { Operation } from '../src/core/operation.ts';
import type { PlanKind } from '../src/core/plan.ts';
import type { ControllerProcess } from '../test/kit/controller-process.ts';
import { until } from '../test/kit/deadline.ts';
import { CLUSTER } from './stage.ts';

/** The newest of its kind, once it has succeeded; one that did not is followed by another attempt. */
export function awaitOperation(
  kind: PlanKind,
  { client }: Pick<ControllerProcess, 'client'>,
  { signal, deadlineMs }: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<Operation> {
  return until(`a ${kind}`, { deadlineMs, everyMs: 100 }, async () => {
    signal.throwIfAborted();
    const { operations } = await client.get(`/v1/operations?cluster=${CLUSTER}`, operationListSchema);
    return operations.find((operation) => operation.kind === kind && operation.status === 'succeeded');
  });
}
