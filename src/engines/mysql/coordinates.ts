/**
 * Places in binary logs, for servers without GTIDs: how far each log was followed. As text `@UUID/FILE:OFFSET`, the
 * UUID being that of the server whose log it is, the offset the end of a whole transaction. Pure.
 */
import type { LogPoint } from '../../core/engine.ts';
import type { Ordering, PositionGap } from '../../core/positions.ts';
import type { Place } from '../sql/place-dialect.ts';

/**
 * By log, the place up to which all is had; the log's files are told from another's by the server and the name without
 * its number. Two logs say nothing of each other.
 */
export type Places = ReadonlyMap<string, Place>;

const placeForm = /^@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([^,\s]+\.\d+):(\d+)$/i;

const numberOf = ({ file }: LogPoint): bigint => BigInt(file.slice(file.lastIndexOf('.') + 1));
const keyOf = ({ server, file }: Place): string => `${server}/${file.slice(0, file.lastIndexOf('.'))}`;

export const isPlace = (text: string): boolean => text.trimStart().startsWith('@');

export function parsePlace(text: string): Place | undefined {
  const [, server = '', file = '', offset = ''] = placeForm.exec(text.trim()) ?? [];
  return server === '' ? undefined : { server: server.toLowerCase(), file, offset: Number(offset) };
}

/** Undefined when one of them is none. */
export function parsePlaces(texts: readonly string[]): Places | undefined {
  const places = texts.map(parsePlace);
  if (places.includes(undefined)) return undefined;
  return furthest(places as readonly Place[]);
}

const formatPlace = ({ server, file, offset }: Place): string => `@${server}/${file}:${offset}`;

/** In one order, whatever order they came in. */
export const formatPlaces = (places: Places): string =>
  [...places.keys()]
    .sort()
    .map((key) => formatPlace(places.get(key) as Place))
    .join(',\n');

/** Of places in one log: by the file's number, then by the offset. */
export function orderInLog(a: LogPoint, b: LogPoint): number {
  const [fileA, fileB] = [numberOf(a), numberOf(b)];
  if (fileA !== fileB) return fileA < fileB ? -1 : 1;
  return a.offset - b.offset;
}

function furthest(places: Iterable<Place>): Places {
  const all = new Map<string, Place>();
  for (const place of places) {
    const key = keyOf(place);
    const other = all.get(key);
    if (other === undefined || orderInLog(other, place) < 0) all.set(key, place);
  }
  return all;
}

export const unionPlaces = (a: Places, b: Places): Places => furthest([...a.values(), ...b.values()]);

/** What is in `a` and not in `b`: how many transactions lie between two places the places do not tell. */
export function missingPlaces(a: Places, b: Places): PositionGap {
  const gaps = [...a].flatMap(([key, place]) => {
    const other = b.get(key);
    if (other !== undefined && orderInLog(place, other) <= 0) return [];
    return [`${other === undefined ? '' : inLog(other)}-${inLog(place)}`];
  });
  return { count: gaps.length, text: gaps.sort().join(', ') };
}

export function orderPlaces(a: Places, b: Places): Ordering {
  const more = missingPlaces(a, b).count > 0;
  const less = missingPlaces(b, a).count > 0;
  if (more) return less ? 'diverged' : 'ahead';
  return less ? 'behind' : 'equal';
}

/** As a person reads it who knows which server is meant. */
export const inLog = ({ file, offset }: LogPoint): string => `${file}:${offset}`;
