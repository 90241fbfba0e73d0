/**
 * MySQL's positions: a GTID set, or the places in binary logs of servers without GTIDs (`coordinates.ts`), or both,
 * separated by commas. One is behind another when it is so in either notation and ahead in none.
 */
import { type Ordering, type Position, type PositionAlgebra, position } from '../../core/positions.ts';
import type { Place } from '../sql/place-dialect.ts';
import {
  formatPlaces,
  inLog,
  isPlace,
  missingPlaces,
  orderPlaces,
  type Places,
  parsePlaces,
  unionPlaces,
} from './coordinates.ts';
import { gtidPositions } from './gtid-set.ts';

interface Parts {
  readonly gtids: Position;
  readonly places: Places;
}

const none: Places = new Map();

function partsOf(text: string): Parts | undefined {
  if (!text.includes('@')) return { gtids: position(text), places: none };
  const items = text.split(',');
  const places = parsePlaces(items.filter(isPlace));
  const gtids = items.filter((item) => !isPlace(item)).join(',');
  return places && { gtids: position(gtids), places };
}

function at(text: Position): Parts {
  const parts = partsOf(text);
  if (parts === undefined) throw new TypeError(`not a MySQL position: ${text}`);
  return parts;
}

const joined = (gtids: string, places: Places): Position =>
  position([gtids, formatPlaces(places)].filter((part) => part !== '').join(',\n'));

export const positionAt = (place: Place): Position => position(formatPlaces(new Map([['', place]])));

export const namesPlaces = (text: Position): boolean => text.includes('@');

/** Every place that the position names. */
export const placesIn = (text: Position): readonly Place[] => [...at(text).places.values()];

function compare(a: Position, b: Position): Ordering {
  if (a === b) return 'equal';
  const [one, other] = [at(a), at(b)];
  const byGtid = gtidPositions.compare(one.gtids, other.gtids);
  const byPlace = orderPlaces(one.places, other.places);
  if (byGtid === byPlace || byPlace === 'equal') return byGtid;
  return byGtid === 'equal' ? byPlace : 'diverged';
}

export const mysqlPositions: PositionAlgebra = {
  parse: (text) => {
    const parts = partsOf(text);
    const gtids = parts && gtidPositions.parse(parts.gtids);
    return gtids === undefined ? undefined : joined(gtids, parts?.places ?? none);
  },
  compare,
  union: (a, b) => {
    const [one, other] = [at(a), at(b)];
    return joined(gtidPositions.union(one.gtids, other.gtids), unionPlaces(one.places, other.places));
  },
  missing: (a, b) => {
    const [one, other] = [at(a), at(b)];
    const byGtid = gtidPositions.missing(one.gtids, other.gtids);
    const byPlace = missingPlaces(one.places, other.places);
    const text = [byGtid.text, byPlace.text].filter((part) => part !== '').join(', ');
    return { count: byGtid.count + byPlace.count, text };
  },
  brief: (a) => {
    const { gtids, places } = at(a);
    if (places.size === 0) return gtidPositions.brief(gtids);
    const byPlace = [...places.values()].map(inLog).join(', ');
    return gtids.trim() === '' ? byPlace : `${gtidPositions.brief(gtids)}, ${byPlace}`;
  },
};
