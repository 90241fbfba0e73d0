import { describe, expect, it } from 'vitest';
import { longestGap } from './gap.ts';

const ms = (...times: readonly number[]): readonly number[] => times.map((each) => each * 1000);
const window = { from: 100_000, to: 1_000_000 };

describe('the longest gap', () => {
  it('is the longest time between two acknowledgements, in any order of their coming', () => {
    expect(longestGap(ms(103, 100, 150, 101, 151, 999), { ...window, to: 160_000 })).toMatchObject({
      ms: 47,
      from: 103_000,
      to: 150_000,
      open: false,
    });
  });

  it('counts whole when it began before the window', () => {
    expect(longestGap(ms(95, 120, 121), { ...window, to: 122_000 })?.ms).toBe(25);
  });

  it('is not one that had ended before the window', () => {
    expect(longestGap(ms(10, 90, 99, 101, 103, 104), { ...window, to: 105_000 })?.ms).toBe(2);
  });

  it('is open when no acknowledgement follows before the window ends', () => {
    expect(longestGap(ms(100, 101), window)).toMatchObject({ ms: 899, open: true });
    expect(longestGap(ms(100, 101, 2000), window)).toMatchObject({ ms: 899, open: true });
  });

  it('is one of all servers together: where one goes on, there is none', () => {
    const [one, other] = [ms(100, 110, 180), ms(105, 120, 130, 140, 150, 160, 170)];
    expect(longestGap([...one, ...other], { ...window, to: 181_000 })?.ms).toBe(10);
  });

  it('is unknown when nothing was acknowledged', () => {
    expect(longestGap([], window)).toBeUndefined();
    expect(longestGap(ms(1001), window)).toBeUndefined();
  });
});
