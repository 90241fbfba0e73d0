/** GTID sets against a naive model: a plain set of single transactions. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { position } from '../../core/positions.ts';
import {
  countGtidSet,
  errantGtids,
  formatGtidSet,
  type GtidSet,
  gtidPositions,
  parseGtidSet,
  subtractGtidSets,
  unionGtidSets,
} from './gtid-set.ts';

const uuids = ['2174b383-5441-11e8-b90a-c80aa9429562', '3e11fa47-71ca-11e1-9e33-c80aa9429562'] as const;
const origins = uuids.flatMap((uuid) => [uuid, `${uuid}:_`, `${uuid}:a`, `${uuid}:a1`]);

/** Around the start, around the end of exact doubles, and up to the greatest number. */
const bases = [1n, 2n ** 53n - 6n, 2n ** 63n - 12n];

/** Single transactions: `origin:number`. */
type Model = ReadonlySet<string>;

const nothing: Model = new Set();

/** Models of one neighbourhood, so that they meet. */
const models = (count: number): fc.Arbitrary<Model[]> =>
  fc.constantFrom(...bases).chain((base) =>
    fc.array(
      fc
        .array(fc.tuple(fc.constantFrom(...origins), fc.nat(11)), { maxLength: 60 })
        .map((found) => new Set(found.map(([origin, n]) => `${origin}:${base + BigInt(n)}`))),
      { minLength: count, maxLength: count },
    ),
  );

const model = models(1).map(([only = nothing]) => only);

/** Written one transaction at a time, in the model's own order: canonical only by chance. */
const written = (members: Model): string => [...members].join(',');

function set(members: Model): GtidSet {
  const parsed = parseGtidSet(written(members));
  if (parsed === undefined) throw new Error(`does not parse: ${written(members)}`);
  return parsed;
}

/** The members that a canonical text names, read without the code under test. */
function membersOf(text: string): string[] {
  const members: string[] = [];
  for (const line of text === '' ? [] : text.split(',\n')) {
    const [uuid, ...items] = line.split(':');
    let tag = '';
    for (const item of items) {
      const [first = '', last = first] = item.split('-');
      if (!/^\d/.test(first)) tag = `:${item}`;
      else for (let n = BigInt(first); n <= BigInt(last); n++) members.push(`${uuid}${tag}:${n}`);
    }
  }
  return members;
}

const plus = (a: Model, b: Model): Model => new Set([...a, ...b]);
const minus = (a: Model, b: Model): Model => new Set([...a].filter((member) => !b.has(member)));
const sorted = (members: Iterable<string>): string[] => [...members].sort();
const positionOf = (members: Model) => position(written(members));

function checkModels(count: number, law: (...members: Model[]) => void): void {
  fc.assert(
    fc.property(models(count), (members) => {
      law(...members);
    }),
  );
}

describe('text', () => {
  test('a parsed set has exactly the transactions that were written, each once', () => {
    fc.assert(
      fc.property(model, (a) => {
        expect(membersOf(formatGtidSet(set(a))).sort()).toEqual(sorted(a));
      }),
    );
  });

  test('the canonical text does not depend on how the set was written', () => {
    fc.assert(
      fc.property(model, fc.func(fc.nat()), (a, order) => {
        const shuffled = [...a].sort((x, y) => order(x) - order(y)).map((gtid) => ` ${gtid.toUpperCase()}\n`);
        expect(gtidPositions.parse(shuffled.join(','))).toBe(formatGtidSet(set(a)));
      }),
    );
  });

  test('parsing the canonical text gives the very set', () => {
    fc.assert(
      fc.property(model, (a) => {
        const again = parseGtidSet(formatGtidSet(set(a)));
        expect([...(again ?? [])]).toEqual([...set(a)]);
      }),
    );
  });

  test('any other text is refused, not guessed at', () => {
    const pieces = fc.constantFrom(
      ...origins,
      ':',
      '-',
      ',',
      '1',
      '5',
      '0',
      'tag',
      ' ',
      '\n',
      '+',
      '9223372036854775808',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          const canonical = gtidPositions.parse(text);
          expect(canonical && gtidPositions.parse(canonical)).toBe(canonical);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('set algebra', () => {
  test('union has the members of both', () => {
    checkModels(2, (a = nothing, b = nothing) => {
      expect(formatGtidSet(unionGtidSets(set(a), set(b)))).toBe(formatGtidSet(set(plus(a, b))));
    });
  });

  test('subtraction leaves the members that only the first has', () => {
    checkModels(2, (a = nothing, b = nothing) => {
      expect(formatGtidSet(subtractGtidSets(set(a), set(b)))).toBe(formatGtidSet(set(minus(a, b))));
    });
  });

  test('the count is the number of members', () => {
    checkModels(1, (a = nothing) => {
      expect(countGtidSet(set(a))).toBe(a.size);
    });
  });

  test('errant are the members that the primary lacks and that are not of its making', () => {
    fc.assert(
      fc.property(models(2), fc.subarray([...uuids]), ([replica = nothing, primary = nothing], own) => {
        const foreign = [...minus(replica, primary)].filter(
          (gtid) => !own.some((uuid) => gtid.startsWith(uuid)),
        );
        const found = errantGtids(set(replica), set(primary), own);
        expect(membersOf(formatGtidSet(found)).sort()).toEqual(sorted(foreign));
      }),
    );
  });
});

describe('position algebra', () => {
  test('union is commutative, associative and idempotent', () => {
    checkModels(3, (...members) => {
      const [a = position(''), b = position(''), c = position('')] = members.map(positionOf);
      expect(gtidPositions.union(a, b)).toBe(gtidPositions.union(b, a));
      expect(gtidPositions.union(gtidPositions.union(a, b), c)).toBe(
        gtidPositions.union(a, gtidPositions.union(b, c)),
      );
      expect(gtidPositions.union(a, a)).toBe(gtidPositions.parse(a));
    });
  });

  test('compare says what the model says, and missing gives its reasons', () => {
    fc.assert(
      fc.property(
        models(2),
        fc.constantFrom('as is', 'contained', 'same'),
        ([a = nothing, more = nothing], how) => {
          const b = how === 'as is' ? more : how === 'same' ? a : plus(a, more);
          const surplus = gtidPositions.missing(positionOf(a), positionOf(b));
          const lack = gtidPositions.missing(positionOf(b), positionOf(a));
          expect(surplus.count).toBe(minus(a, b).size);
          expect(membersOf(surplus.text).sort()).toEqual(sorted(minus(a, b)));
          expect(lack.count).toBe(minus(b, a).size);
          const ordering = gtidPositions.compare(positionOf(a), positionOf(b));
          expect(ordering === 'behind').toBe(surplus.count === 0 && lack.count > 0);
          expect(ordering === 'ahead').toBe(surplus.count > 0 && lack.count === 0);
          expect(ordering === 'equal').toBe(surplus.count === 0 && lack.count === 0);
          expect(ordering === 'diverged').toBe(surplus.count > 0 && lack.count > 0);
        },
      ),
    );
  });

  test('a union lacks nothing of its parts', () => {
    checkModels(2, (a = nothing, b = nothing) => {
      const both = gtidPositions.union(positionOf(a), positionOf(b));
      expect(gtidPositions.missing(positionOf(a), both)).toEqual({ count: 0, text: '' });
      expect(['behind', 'equal']).toContain(gtidPositions.compare(positionOf(b), both));
    });
  });
});
