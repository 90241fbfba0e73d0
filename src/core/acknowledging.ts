/** Since when a server is seen to be a semi-synchronous replica, and a source to get no more of them, from look to look. */
import { formatAddress } from './identity.ts';
import type { Observation } from './observation.ts';
import type { Acknowledging } from './topology.ts';

const sourcesOf = ({ channels }: Observation): string =>
  channels.map(({ source }) => formatAddress(source)).join();

/** Since when no semi-synchronous replica has come to a source; undefined of one that waits for none. */
export function noneCameAfter(
  before: number | undefined,
  last: Observation | undefined,
  { observedAt, semiSync }: Observation,
): number | undefined {
  if (!semiSync.sourceEnabled) return undefined;
  const came = semiSync.connectedReplicas > (last?.semiSync.connectedReplicas ?? -1);
  return came || before === undefined ? observedAt : before;
}

/**
 * What is known after the look `now`, which came after the look `last`. A run that ended is remembered beside the next
 * one under the same source: a receiver that tries to reach a dead source is a semi-synchronous one again.
 */
export function acknowledgingAfter(
  before: Acknowledging | undefined,
  last: Observation | undefined,
  now: Observation,
): Acknowledging | undefined {
  const { observedAt, semiSync } = now;
  const known = last !== undefined && sourcesOf(last) === sourcesOf(now) ? before : undefined;
  if (known === undefined) return semiSync.replicaActive ? { since: observedAt } : undefined;
  const { since, until } = known;
  if (until === undefined) return semiSync.replicaActive ? known : { ...known, until: observedAt };
  return semiSync.replicaActive ? { since: observedAt, earlier: { since, until } } : known;
}
