import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test.each([
  ['500ms', 500],
  ['2s', 2000],
  ['1.5 h', 5_400_000],
  ['10m', 600_000],
  ['1d', 86_400_000],
  [250, 250],
  [0, 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([['5'], ['5 sec'], ['-1s'], ['s'], [''], [-1], [Number.NaN], [true], [null], [['1s']]])(
  '%j is no duration',
  (value) => {
    expect(parseDuration(value)).toBeUndefined();
  },
);
