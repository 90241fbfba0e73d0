import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, nearestRank, summarize } from './statistics.ts';

const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('median', () => {
  it('is the value in the middle of an odd number, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([10, 1, 2, 3])).toBe(2.5);
  });

  it('compares numbers, not text', () => {
    expect(median([100, 20, 3])).toBe(20);
  });
});

describe('nearestRank', () => {
  it('gives the 19th of 20 for 95 %', () => {
    expect(nearestRank(oneTo(20), 0.95)).toBe(19);
  });

  it('gives the 95th of 100 and the only one of one', () => {
    expect(nearestRank(oneTo(100), 0.95)).toBe(95);
    expect(nearestRank([7], 0.95)).toBe(7);
  });

  it('gives the largest where there are too few to leave one out', () => {
    expect(nearestRank(oneTo(19), 0.95)).toBe(19);
    expect(nearestRank(oneTo(5), 0.95)).toBe(5);
  });

  it('gives the smallest for 0 and the largest for 1', () => {
    expect(nearestRank([3, 1, 2], 0)).toBe(1);
    expect(nearestRank([3, 1, 2], 1)).toBe(3);
  });

  it('is a measured value that at least that share does not exceed', () => {
    const values = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (measured, percent) => {
        const value = nearestRank(measured, percent / 100);
        expect(measured).toContain(value);
        const covered = measured.filter((each) => each <= value).length;
        expect(covered * 100).toBeGreaterThanOrEqual(measured.length * percent);
      }),
    );
  });
});

describe('summarize', () => {
  it('leaves the values as they were', () => {
    const values = [3, 1, 2];
    expect(summarize(values)).toEqual({ min: 1, median: 2, p95: 3, max: 3 });
    expect(values).toEqual([3, 1, 2]);
  });

  it('does not make up numbers where there are none', () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});
