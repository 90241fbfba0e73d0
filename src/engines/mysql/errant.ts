/** Errant transactions by GTID sets: what a replica executed, the primary did not, and did not originate there. */
import type { Observation } from '../../core/observation.ts';
import type { Position, PositionGap } from '../../core/positions.ts';
import { countGtidSet, errantGtids, formatGtidSet, parseGtidSet } from './gtid-set.ts';
import { mysqlPositions } from './positions.ts';

export function mysqlErrant(replica: Observation, primary: Observation): PositionGap | undefined {
  const executed = parseGtidSet(replica.executed);
  const reference = parseGtidSet(primary.executed);
  if (!executed || !reference || primary.uuid === undefined) return undefined;
  const errant = errantGtids(executed, reference, [primary.uuid]);
  const count = countGtidSet(errant);
  return count === 0 ? undefined : { count, text: formatGtidSet(errant) };
}

/** Of what the other has, the log holds a part, and beyond it only its own: a set needs no point to part at. */
export const mysqlCommon = (_own: Observation, other: Observation): Position | undefined =>
  mysqlPositions.parse(other.executed);
