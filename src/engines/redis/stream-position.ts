/**
 * Where a Redis server is in its history: so many bytes of a stream that has a name, its replication id. A promotion gives
 * the stream a new name and remembers the old one with the place where it ended (PSYNC2), so a position is
 * `id:bytes`, or `id:bytes/former:ended`. Histories that parted and are looked at together are joined by `+`.
 * Source: replication.c, masterTryPartialResynchronization and shiftReplicationId.
 */
import { type Ordering, type Position, type PositionAlgebra, position } from '../../core/positions.ts';

export interface Place {
  readonly id: string;
  readonly bytes: number;
  /** Its first so many bytes are those of that stream. */
  readonly former?: { readonly id: string; readonly bytes: number };
}

const grammar = /^([0-9a-f]{40}):(\d+)(?:\/([0-9a-f]{40}):(\d+))?$/;

function parsePlace(text: string): Place | undefined {
  const [whole, id = '', bytes, former, ended] = grammar.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const place = { id, bytes: Number(bytes) };
  return former === undefined ? place : { ...place, former: { id: former, bytes: Number(ended) } };
}

const formatPlace = ({ id, bytes, former }: Place): string =>
  `${id}:${bytes}${former === undefined ? '' : `/${former.id}:${former.bytes}`}`;

export const streamPosition = (place: Place): Position => position(formatPlace(place));

/** Undefined when it is none; empty at the beginning of every history. */
export function parsePlaces(text: string): readonly Place[] | undefined {
  if (text === '') return [];
  const places = text.split('+').map(parsePlace);
  return places.every((place) => place !== undefined) ? places : undefined;
}

/** How many of its first bytes both have. */
function shared(a: Place, b: Place): number {
  const names = ({ id, bytes, former }: Place): readonly (readonly [string, number])[] =>
    former === undefined
      ? [[id, bytes]]
      : [
          [id, bytes],
          [former.id, Math.min(former.bytes, bytes)],
        ];
  let most = 0;
  for (const [id, bytes] of names(a)) {
    for (const [other, more] of names(b)) if (id === other) most = Math.max(most, Math.min(bytes, more));
  }
  return most;
}

/** How many of the first bytes of `place` they hold. */
export const heldOf = (place: Place, by: readonly Place[]): number =>
  by.reduce((most, each) => Math.max(most, shared(place, each)), 0);

const covers = (by: readonly Place[], place: Place): boolean => heldOf(place, by) >= place.bytes;

const placesOf = (text: Position): readonly Place[] => parsePlaces(text) ?? [];

function compare(a: Position, b: Position): Ordering {
  const [own, others] = [placesOf(a), placesOf(b)];
  const ahead = own.some((place) => !covers(others, place));
  const behind = others.some((place) => !covers(own, place));
  if (ahead && behind) return 'diverged';
  if (ahead) return 'ahead';
  return behind ? 'behind' : 'equal';
}

function union(a: Position, b: Position): Position {
  const all = [...new Set([...placesOf(a), ...placesOf(b)].map(formatPlace))].sort();
  const places = all.flatMap((each) => parsePlace(each) ?? []);
  const kept = places.filter((place) => !places.some((other) => other !== place && replaces(other, place)));
  return position(kept.map(formatPlace).join('+'));
}

/** It holds all of it; of two names for the same bytes the newer one, which tells the older, too. */
function replaces(other: Place, place: Place): boolean {
  if (!covers([other], place)) return false;
  if (!covers([place], other)) return true;
  const rank = ({ former }: Place): number => (former === undefined ? 0 : 1);
  return (
    rank(other) - rank(place) > 0 || (rank(other) === rank(place) && formatPlace(other) < formatPlace(place))
  );
}

/** As people compare them: the first bytes of the name. */
const short = (id: string): string => id.slice(0, 8);

export const streamPositions: PositionAlgebra = {
  parse: (text) => {
    const places = parsePlaces(text);
    return places && position(places.map(formatPlace).sort().join('+'));
  },
  compare,
  union,
  missing: (a, b) => {
    const others = placesOf(b);
    const gaps = placesOf(a).flatMap((place) => {
      const held = heldOf(place, others);
      return held >= place.bytes ? [] : [{ place, held }];
    });
    return {
      count: gaps.reduce((sum, { place, held }) => sum + place.bytes - held, 0),
      unit: 'bytes',
      text: gaps.map(({ place, held }) => `${short(place.id)}:${held + 1}-${place.bytes}`).join(', '),
    };
  },
  brief: (a) =>
    placesOf(a)
      .map(({ id, bytes }) => `${short(id)}:${bytes}`)
      .join(' + '),
};
