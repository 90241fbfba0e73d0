import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allSlots,
  containsSlot,
  countSlots,
  firstSlots,
  formatSlots,
  includesSlots,
  intersectSlots,
  listSlots,
  minusSlots,
  parseSlots,
  SLOT_COUNT,
  slotSet,
  slotsOf,
  unionSlots,
} from './slots.ts';

const slot = fc.nat({ max: SLOT_COUNT - 1 });
const set = fc
  .array(fc.tuple(fc.oneof(slot, fc.nat({ max: 20 })), fc.nat({ max: 30 })), { maxLength: 8 })
  .map((ranges) => slotSet(ranges.map(([first, length]) => ({ first, last: first + length }))));

describe('sets of slots', () => {
  test('union, difference and intersection are those of the single slots', () => {
    fc.assert(
      fc.property(set, set, slot, (a, b, probe) => {
        for (const n of [probe, ...a.map((range) => range.last), ...b.map((range) => range.first)]) {
          const [inA, inB] = [containsSlot(a, n), containsSlot(b, n)];
          expect(containsSlot(unionSlots(a, b), n)).toBe(inA || inB);
          expect(containsSlot(intersectSlots(a, b), n)).toBe(inA && inB);
          expect(containsSlot(minusSlots(a, b), n)).toBe(inA && !inB);
        }
        expect(countSlots(a) + countSlots(b)).toBe(
          countSlots(unionSlots(a, b)) + countSlots(intersectSlots(a, b)),
        );
        expect(includesSlots(unionSlots(a, b), a)).toBe(true);
      }),
    );
  });

  test('what is written is read again, and every set has one form', () => {
    fc.assert(
      fc.property(set, (a) => {
        expect(parseSlots(formatSlots(a))).toEqual(a);
        expect(slotsOf(listSlots(a).toReversed())).toEqual(a);
      }),
    );
  });

  test('the first n are n, the lowest, and never more than there are', () => {
    fc.assert(
      fc.property(set, fc.nat({ max: 100 }), (a, n) => {
        expect(listSlots(firstSlots(a, n))).toEqual(listSlots(a).slice(0, n));
      }),
    );
  });
});

test('ranges that touch become one, and what is no slot is left out', () => {
  expect(
    formatSlots(
      slotSet([
        { first: 10, last: 12 },
        { first: 0, last: 9 },
        { first: 14, last: 14 },
      ]),
    ),
  ).toBe('0-12 14');
  expect(
    slotSet([
      { first: -5, last: 20_000 },
      { first: 3, last: 1 },
    ]),
  ).toEqual(allSlots);
  expect(countSlots(allSlots)).toBe(16_384);
  expect(minusSlots(allSlots, allSlots)).toEqual([]);
});

test.each(['x', '1-', '5-3', '16384', '0-99999', '-1'])('%s is no set of slots', (text) => {
  expect(parseSlots(text)).toBeUndefined();
});

test('commas separate as blanks do', () => {
  expect(parseSlots(' 0-5460,5462  7 ')).toEqual(parseSlots('7 0-5460 5462'));
  expect(parseSlots('')).toEqual([]);
});
