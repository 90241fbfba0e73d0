import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Position, position } from '../positions.ts';
import { countedPositions as algebra } from './counted-positions.ts';

const anyPosition: fc.Arbitrary<Position> = fc
  .dictionary(fc.constantFrom('db1', 'db2', 'db3'), fc.integer({ min: 1, max: 5 }))
  .map((counts) =>
    position(
      Object.entries(counts)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([origin, count]) => `${origin}:${count}`)
        .join(','),
    ),
  );

const opposite = { behind: 'ahead', ahead: 'behind', equal: 'equal', diverged: 'diverged' } as const;

describe('counted positions keep the laws of a position algebra', () => {
  test('canonical text reads as itself', () => {
    fc.assert(fc.property(anyPosition, (a) => algebra.parse(a) === a));
  });

  test('comparison turns round with its sides, and is equal only for the same', () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, (a, b) => {
        expect(algebra.compare(a, b)).toBe(opposite[algebra.compare(b, a)]);
        expect(algebra.compare(a, b) === 'equal').toBe(a === b);
      }),
    );
  });

  test('a union lacks nothing of either', () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, (a, b) => {
        const both = algebra.union(a, b);
        expect(algebra.missing(a, both)).toEqual({ count: 0, text: '' });
        expect(algebra.missing(b, both)).toEqual({ count: 0, text: '' });
      }),
    );
  });
});

test('what is no counted position is refused', () => {
  expect(algebra.parse('db1')).toBeUndefined();
  expect(algebra.parse('db1:x')).toBeUndefined();
  expect(algebra.parse('db2:3,db1:1')).toBe('db1:1,db2:3');
  expect(() => algebra.compare(position('nonsense'), position(''))).toThrow('not a counted position');
});

test('a gap names its transactions', () => {
  expect(algebra.missing(position('db1:100,db2:1'), position('db1:95'))).toEqual({
    count: 6,
    text: 'db1:96-100,db2:1',
  });
});
