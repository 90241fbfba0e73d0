/** Stream positions against a model: servers that hold their bytes one by one, and follow and promote as Redis does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Position } from '../../core/positions.ts';
import { streamPosition, streamPositions } from './stream-position.ts';

const { compare, union, missing, parse } = streamPositions;

interface Server {
  readonly isPrimary: boolean;
  readonly id: string;
  /** Every byte ever written has a number of its own. */
  readonly bytes: readonly number[];
  readonly former?: { readonly id: string; readonly bytes: number };
}

type Deed =
  | { readonly do: 'write'; readonly on: number; readonly count: number }
  /** `most`: how much of what its source has comes before the link ends. */
  | { readonly do: 'follow'; readonly on: number; readonly source: number; readonly most: number }
  | { readonly do: 'promote'; readonly on: number };

const size = 3;
const which = fc.nat(size - 1);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant('write' as const), on: which, count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('follow' as const), on: which, source: which, most: fc.nat(6) }),
  fc.record({ do: fc.constant('promote' as const), on: which }),
);

const idOf = (n: number): string => n.toString(16).padStart(40, '0');

/** replication.c: masterTryPartialResynchronization, and what a replica makes of its answer. */
function followed(own: Server, source: Server, most: number): Server {
  const at = own.bytes.length;
  const knows =
    (own.id === source.id && at <= source.bytes.length) ||
    (own.id === source.former?.id && at <= source.former.bytes);
  if (!knows) return { isPrimary: false, id: source.id, bytes: source.bytes };
  const former = own.id === source.id ? own.former : { id: own.id, bytes: at };
  const bytes = [...own.bytes, ...source.bytes.slice(at, at + most)];
  return { isPrimary: false, id: source.id, bytes, ...(former === undefined ? {} : { former }) };
}

/** All begin with the same few bytes of one stream; only a primary writes, into a stream that is its own. */
function play(deeds: readonly Deed[]): readonly Server[] {
  let names = 1;
  let written = 3;
  const servers: Server[] = Array.from({ length: size }, (_, at) => ({
    isPrimary: at === 0,
    id: idOf(0),
    bytes: [0, 1, 2],
  }));
  for (const each of deeds) {
    const own = servers[each.on];
    const source = each.do === 'follow' ? servers[each.source] : undefined;
    if (own === undefined) continue;
    if (each.do === 'write' && own.isPrimary) {
      const more = Array.from({ length: each.count }, (_, n) => written + n);
      written += each.count;
      servers[each.on] = { ...own, bytes: [...own.bytes, ...more] };
    }
    if (each.do === 'follow' && source !== undefined && each.source !== each.on)
      servers[each.on] = followed(own, source, each.most);
    if (each.do === 'promote' && !own.isPrimary) {
      const former = { id: own.id, bytes: own.bytes.length };
      servers[each.on] = { isPrimary: true, id: idOf(names), bytes: own.bytes, former };
      names += 1;
    }
  }
  return servers;
}

const at = ({ id, bytes, former }: Server): Position =>
  streamPosition({ id, bytes: bytes.length, ...(former === undefined ? {} : { former }) });

/** Histories, and places that servers have had in them, also before others went on. */
const history = fc.array(deed, { maxLength: 14 });
const places = fc
  .tuple(history, fc.nat(14))
  .map(([deeds, early]) => [...play(deeds.slice(0, early)), ...play(deeds)]);
const some = (count: number): fc.Arbitrary<Server[]> =>
  places.chain((all) => fc.array(fc.constantFrom(...all), { minLength: count, maxLength: count }));

const lacks = (a: Server, b: Server): number => {
  const held = new Set(b.bytes);
  return a.bytes.filter((byte) => !held.has(byte)).length;
};

/** With several names in between nothing is known of how they belong together. */
const related = (a: Server, b: Server): boolean => {
  const names = ({ id, former }: Server): readonly string[] => [
    id,
    ...(former === undefined ? [] : [former.id]),
  ];
  return names(a).some((name) => names(b).includes(name));
};

const runs = { numRuns: 2000 };

test('what one is said to hold of another, it holds', () => {
  const property = fc.property(some(2), ([a, b]) => {
    if (!a || !b) return;
    const order = compare(at(a), at(b));
    const [holdsAll, isHeld] = [
      order === 'ahead' || order === 'equal',
      order === 'behind' || order === 'equal',
    ];
    expect(holdsAll && lacks(b, a) > 0).toBe(false);
    expect(isHeld && lacks(a, b) > 0).toBe(false);
    expect(missing(at(a), at(b)).count).toBeGreaterThanOrEqual(lacks(a, b));
  });
  fc.assert(property, runs);
});

test('of one stream without a promotion in between, all is told exactly', () => {
  const property = fc.property(some(2), ([a, b]) => {
    if (!a || !b || a.id !== b.id) return;
    expect(missing(at(a), at(b)).count).toBe(lacks(a, b));
    const [more, less] = [lacks(a, b), lacks(b, a)];
    const order = more > 0 ? 'ahead' : less > 0 ? 'behind' : 'equal';
    expect(compare(at(a), at(b))).toBe(order);
  });
  fc.assert(property, runs);
});

test('strangers have nothing in common', () => {
  const property = fc.property(some(2), ([a, b]) => {
    if (!a || !b || related(a, b)) return;
    expect(missing(at(a), at(b)).count).toBe(a.bytes.length);
    expect(compare(at(a), at(b))).toBe('diverged');
  });
  fc.assert(property, runs);
});

test('a union holds each of them, and nothing besides', () => {
  const property = fc.property(some(3), ([a, b, c]) => {
    if (!a || !b || !c) return;
    const both = union(at(a), at(b));
    expect(missing(at(a), both).count).toBe(0);
    expect(missing(at(b), both).count).toBe(0);
    expect(union(at(b), at(a))).toBe(both);
    expect(union(both, both)).toBe(both);
    const byNeither = missing(at(c), at(a)).count > 0 && missing(at(c), at(b)).count > 0;
    expect(missing(at(c), both).count === 0 && byNeither).toBe(false);
    // With a name that was forgotten in between, the order may tell more to be lacking than there is; never less.
    const allRelated = related(a, b) && related(b, c) && related(a, c);
    const order = compare(union(both, at(c)), union(at(a), union(at(b), at(c))));
    expect(allRelated && order !== 'equal').toBe(false);
  });
  fc.assert(property, runs);
});

test('comparing the other way round says the opposite, and a text is read as it was written', () => {
  const opposite = { ahead: 'behind', behind: 'ahead', equal: 'equal', diverged: 'diverged' } as const;
  const property = fc.property(some(3), ([a, b, c]) => {
    if (!a || !b || !c) return;
    const both = union(at(a), at(b));
    expect(compare(at(c), both)).toBe(opposite[compare(both, at(c))]);
    expect(parse(both)).toBe(both);
    expect(missing(both, at(c)).text === '').toBe(missing(both, at(c)).count === 0);
  });
  fc.assert(property, runs);
});
