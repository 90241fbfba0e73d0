/**
 * A position algebra for tests: `db1:100,db2:3` means the first 100 transactions that were written on db1 and
 * the first 3 written on db2. Origins have no holes; text is sorted by origin; the empty text is the start.
 */
import type { FindErrant } from '../distance.ts';
import { type Position, type PositionAlgebra, type PositionGap, position } from '../positions.ts';

type Counts = ReadonlyMap<string, number>;

function read(text: string): Counts | undefined {
  const counts = new Map<string, number>();
  for (const part of text.split(',').filter((piece) => piece !== '')) {
    const match = /^([^\s,]+):(\d+)$/.exec(part.trim());
    if (match?.[1] === undefined) return undefined;
    counts.set(match[1], Math.max(counts.get(match[1]) ?? 0, Number(match[2])));
  }
  return counts;
}

function counts(of: Position): Counts {
  const found = read(of);
  if (found === undefined) throw new Error(`not a counted position: ${of}`);
  return found;
}

function write(from: Counts): Position {
  const parts = [...from].filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  return position(parts.map(([origin, count]) => `${origin}:${count}`).join(','));
}

/** What `a` has that `b` lacks: `db1:96-100`. */
function missing(a: Position, b: Position): PositionGap {
  const held = counts(b);
  let count = 0;
  const texts: string[] = [];
  for (const [origin, last] of counts(write(counts(a)))) {
    const had = held.get(origin) ?? 0;
    if (last <= had) continue;
    count += last - had;
    texts.push(last === had + 1 ? `${origin}:${last}` : `${origin}:${had + 1}-${last}`);
  }
  return { count, text: texts.join(',') };
}

export const countedPositions: PositionAlgebra = {
  parse: (text) => {
    const found = read(text);
    return found === undefined ? undefined : write(found);
  },
  compare: (a, b) => {
    const lacks = missing(b, a).count > 0;
    const surplus = missing(a, b).count > 0;
    if (lacks && surplus) return 'diverged';
    if (lacks) return 'behind';
    return surplus ? 'ahead' : 'equal';
  },
  union: (a, b) => {
    const both = new Map(counts(a));
    for (const [origin, last] of counts(b)) both.set(origin, Math.max(both.get(origin) ?? 0, last));
    return write(both);
  },
  missing,
  brief: (a) => a,
};

/** What the replica has of other origins than the primary, which may have written on since it was looked at. */
export const countedErrant: FindErrant = (replica, primary) => {
  const foreign = new Map(counts(replica.origins));
  foreign.delete(primary.server);
  const surplus = missing(write(foreign), primary.origins);
  return surplus.count === 0 ? undefined : surplus;
};

/** Origins have no holes, so two histories have the lesser count of each in common. */
export function countedCommon(a: Position, b: Position): Position {
  const other = counts(b);
  return write(
    new Map([...counts(a)].map(([origin, last]) => [origin, Math.min(last, other.get(origin) ?? 0)])),
  );
}
