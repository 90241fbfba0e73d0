/** Operations and journals of the sample plan. */
import { clusterName, operationId } from '../core/identity.ts';
import type { JournalEntry, JournalEvent, Operation } from '../core/operation.ts';
import { samplePlan } from './sample-plan.ts';
import { sampleInstant } from './sample-target.ts';

export function sampleOperation(changes: Partial<Operation> = {}): Operation {
  return {
    id: operationId('op-7'),
    kind: 'switchover',
    cluster: clusterName('orders'),
    requestedBy: 'ada@laptop',
    requestedAt: sampleInstant,
    status: 'running',
    plan: samplePlan(),
    resumed: 0,
    ...changes,
  };
}

export function succeededOperation(changes: Partial<Operation> = {}): Operation {
  return sampleOperation({
    status: 'succeeded',
    finishedAt: sampleInstant + 412,
    outcome: { summary: 'db2 is the primary of orders', flags: [], heldMs: 7.94 },
    ...changes,
  });
}

/** Numbers the lines and puts each 10 ms after the one before. */
export function sampleJournal(...lines: readonly JournalEvent[]): readonly JournalEntry[] {
  return lines.map((what, index) => ({
    operation: operationId('op-7'),
    sequence: index + 1,
    at: sampleInstant + index * 10,
    what,
  }));
}
