/** In which words a server can say what it has: whatever is compared, levelled or put under another goes by this. */
import type { Observation } from '../observation.ts';
import type { PositionAlgebra } from '../positions.ts';
import type { SeenNode } from '../switchover/situation.ts';
import { listing } from '../wording.ts';

/**
 * `gtid`: every transaction that it has, has a name that all servers know, however its channel tells its source where
 * to go on. `coordinates`: only places in one server's log. `none`: it cannot say.
 */
export type History = 'gtid' | 'coordinates' | 'none';

/** A replica that follows by GTID without a log of its own has them, too. */
export function historyOf({ seen, channel }: Pick<SeenNode, 'seen' | 'channel'>): History {
  if (seen.gtidEnabled || channel?.usesGtid === true) return 'gtid';
  return seen.anonymous === true ? 'coordinates' : 'none';
}

/** Both are places in one log. Of a dead server that was never seen nobody knows the log. */
export function sameLog(
  replica: Observation,
  primary: Observation | undefined,
  positions: PositionAlgebra,
): boolean {
  return primary?.anonymous === true && positions.compare(replica.executed, primary.executed) !== 'diverged';
}

/** Which of them a plan that puts them under another server changes for good; nothing when there are none. */
export function changesToGtid(nodes: readonly SeenNode[]): readonly string[] {
  const names = nodes
    .filter((node) => historyOf(node) === 'gtid' && node.channel?.usesGtid === false)
    .map(({ name }) => name);
  if (names.length === 0) return [];
  const verb = names.length === 1 ? 'follows' : 'follow';
  return [`${listing(names)} ${verb} by file and offset, and by GTID from then on`];
}
