/** What only one of two servers has, by the names of their streams. */
import type { Observation } from '../../core/observation.ts';
import { type Position, type PositionGap, position } from '../../core/positions.ts';
import { heldOf, parsePlaces, streamPositions } from './stream-position.ts';

/** A replica that is connected was given its source's own history; only one that is not can have parted from it. */
export function redisErrant(own: Observation, primary: Observation): PositionGap | undefined {
  const [channel] = own.channels;
  if (channel?.receiver === 'running') return undefined;
  const [place] = parsePlaces(own.executed) ?? [];
  if (!place || place.bytes === 0) return undefined;
  // Of a stream only its one primary is the source: who has more of it than was seen there has it from there.
  if ((parsePlaces(primary.executed) ?? []).some(({ id }) => id === place.id)) return undefined;
  const surplus = streamPositions.missing(own.executed, primary.executed);
  if (surplus.count === 0) return undefined;
  // Of a replica whose history nobody knows any more, nothing is told: its source gives it a copy.
  const known = heldOf(place, parsePlaces(primary.executed) ?? []) > 0;
  return known || channel === undefined ? surplus : undefined;
}

/** Undefined when no name of the one is known to the other: they parted more than one promotion ago. */
export function redisCommon(own: Observation, other: Observation): Position | undefined {
  const [place] = parsePlaces(own.executed) ?? [];
  const held = place ? heldOf(place, parsePlaces(other.executed) ?? []) : 0;
  return place === undefined || held === 0 ? undefined : position(`${place.id}:${held}`);
}
