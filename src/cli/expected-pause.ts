/** How long writers will probably be held: as long as they were held before, on this very cluster. */
import type { Operation } from '../core/operation.ts';

/** Older ones tell of other versions, loads and machines. */
const remembered = 9;

/** The median of the latest successes, newest first; undefined when there are none. */
export function expectedPauseMs(operations: readonly Operation[]): number | undefined {
  const held = operations
    .flatMap(({ kind, status, outcome }) =>
      kind === 'switchover' && status === 'succeeded' ? (outcome?.heldMs ?? []) : [],
    )
    .slice(0, remembered)
    .sort((a, b) => a - b);
  return held[Math.floor((held.length - 1) / 2)];
}
