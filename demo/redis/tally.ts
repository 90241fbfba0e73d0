/** Was every acknowledged write kept? Asked of the primaries that have their slots now. */
import type { LoadRecord, LoadStats } from '../../bench/redis/load/load-protocol.ts';
import { missingOn } from '../../bench/redis/load/missing-writes.ts';
import { durationText } from '../../src/cli/time-text.ts';
import type { Screen } from '../screen.ts';
import { slotOwners } from './slot-owners.ts';
import type { Stage } from './stage.ts';
import type { ShardPause } from './writes-view.ts';

export interface Tally {
  readonly acknowledged: number;
  readonly lost: number;
}

/** Throws when a primary does not answer, or a slot has none. */
export async function tally(records: readonly LoadRecord[], stage: Pick<Stage, 'servers'>): Promise<Tally> {
  const ownerOf = await slotOwners(stage);
  const byOwner = Map.groupBy(records, ({ key }) => ownerOf(key));
  const missing = await Promise.all(
    [...byOwner].map(([owner, theirs]) => {
      if (owner === undefined) throw new Error('a slot has no primary');
      return missingOn(owner, theirs);
    }),
  );
  return { acknowledged: records.length, lost: missing.flat().length };
}

export function showPauses(screen: Screen, [longest, ...others]: readonly ShardPause[]): void {
  if (longest === undefined) return;
  const meaning = `longest between two answers of ${longest.shard}'s shard`;
  screen.figure(`${durationText(longest.ms)} pause`, meaning, true);
  const next = others[0];
  if (next !== undefined) screen.figure(`${durationText(next.ms)} elsewhere`, 'in the other shards', true);
}

export function showTally(screen: Screen, { acknowledged, lost }: Tally, { unknown }: LoadStats): void {
  screen.figure(`${acknowledged} acknowledged`, 'writes since the application began', acknowledged > 0);
  screen.figure(`${lost} lost`, 'acknowledged, but not on the primary that has their slot', lost === 0);
  screen.figure(`${unknown} failed`, 'as the application sees it; ioredis tries again', true);
}
