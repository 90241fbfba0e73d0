/** An operation as it is when it is asked for. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { operationId } from '../../core/identity.ts';
import type { Operation } from '../../core/operation.ts';

export interface NewOperationParts {
  readonly clock: Clock;
  /** Unique, and sorting by the time it was made. */
  newId?(): string;
}

export function newOperation(
  parts: NewOperationParts,
  asked: Pick<Operation, 'kind' | 'cluster' | 'requestedBy'>,
): Omit<Operation, 'status'> {
  const now = parts.clock.now();
  const id = parts.newId?.() ?? `op-${now.toString(36)}-${randomBytes(2).toString('hex')}`;
  return { id: operationId(id), ...asked, requestedAt: now, resumed: 0 };
}
