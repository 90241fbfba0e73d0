/** What makes a primary that answers suspect because of its disk. Pure. */
import type { Node } from '../topology.ts';

/**
 * Two signs, from two sides: what the engine logs has waited for too long, and the agent on the host finds the disk
 * stuck, too. A busy disk is slow for one of them at most; without an agent nothing may be concluded.
 */
export function suspectsDisk(primary: Node, waitingMs: number): string | undefined {
  return primary.host?.state?.disk === 'stuck' ? stalledFact(waitingMs) : undefined;
}

export const stalledFact = (waitingMs: number): string =>
  `it answers, but its log has not reached its disk for ${Math.round(waitingMs)} ms`;
