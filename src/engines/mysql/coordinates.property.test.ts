import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Position, position } from '../../core/positions.ts';
import { mysqlPositions as algebra } from './positions.ts';

const servers = ['0a1b2c3d-0000-0000-0000-000000000001', '0a1b2c3d-0000-0000-0000-000000000002'] as const;

const place = fc
  .record({
    server: fc.constantFrom(...servers),
    base: fc.constantFrom('bin', 'log'),
    file: fc.integer({ min: 1, max: 1_000_003 }),
    offset: fc.integer({ min: 4, max: 5 }),
  })
  .map(({ server, base, file, offset }) => `@${server}/${base}.${String(file).padStart(6, '0')}:${offset}`);

const gtids = fc.constantFrom('', `${servers[0]}:1-5`, `${servers[0]}:1-7`, `${servers[1]}:3`);

/** As any of them may come: places alone, GTIDs alone, or both. */
const anyPosition: fc.Arbitrary<Position> = fc
  .tuple(gtids, fc.array(place, { maxLength: 4 }))
  .map(([set, places]) => [set, ...places].filter((part) => part !== '').join(','))
  .map((text) => algebra.parse(text) ?? position('unread'));

describe('places and GTIDs in one position', () => {
  it('have one canonical text', () => {
    fc.assert(fc.property(anyPosition, (a) => algebra.parse(a) === a));
  });

  it('unite to the least that holds both, in any order', () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, anyPosition, (a, b, c) => {
        const both = algebra.union(a, b);
        expect(algebra.union(b, a)).toBe(both);
        expect(algebra.union(a, a)).toBe(a);
        expect(algebra.union(algebra.union(a, b), c)).toBe(algebra.union(a, algebra.union(b, c)));
        expect(algebra.missing(a, both).count).toBe(0);
      }),
    );
  });

  it('compare as what one lacks of the other says', () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, (a, b) => {
        const more = algebra.missing(a, b).count > 0;
        const less = algebra.missing(b, a).count > 0;
        const order = more ? (less ? 'diverged' : 'ahead') : less ? 'behind' : 'equal';
        expect(algebra.compare(a, b)).toBe(order);
        expect(order === 'equal').toBe(a === b);
        expect(algebra.missing(a, b).text === '').toBe(!more);
      }),
    );
  });
});
