/** The small things that every printed line is made of. */
import { expect, test } from 'vitest';
import { succeededOperation } from '../contract/samples.ts';
import { expectedPauseMs } from './expected-pause.ts';
import { oneLine, truncate } from './one-line.ts';
import { createPalette } from './palette.ts';
import { requester } from './requester.ts';
import { tableText } from './table.ts';
import { durationText, instantText } from './time-text.ts';

test.each([
  [0, '0.0 ms'],
  [3.14, '3.1 ms'],
  [9.96, '10 ms'],
  [412.4, '412 ms'],
  [999.7, '1.0 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 0 s'],
  [192_000, '3 min 12 s'],
])('%d ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('instants are in UTC', () => {
  expect(instantText(0)).toBe('1970-01-01 00:00:00.000 UTC');
});

test('text from elsewhere cannot steer the terminal', () => {
  expect(oneLine(' a\r\n\tb\u001b[2Jc\u0007 \u2028d')).toBe('a b [2Jc d');
});

test('truncated text says so', () => {
  expect(truncate('abcdef', 6)).toBe('abcdef');
  expect(truncate('abcdef', 5)).toBe('abcd…');
});

test('a table aligns its columns, coloured or not, and leaves nothing behind a line', () => {
  const rows = [
    [{ text: 'orders', paint: createPalette(true).bad }, '1'],
    ['x', ''],
  ];
  expect(tableText(['NAME', 'N'], rows, createPalette(false))).toBe(
    'NAME    N\n\u001b[31morders\u001b[39m  1\nx\n',
  );
});

test('the expected pause is the median of what succeeded', () => {
  const past = [9, 2, 30].map((heldMs) =>
    succeededOperation({ outcome: { summary: '', flags: [], heldMs } }),
  );
  expect(expectedPauseMs([...past, succeededOperation({ status: 'failed' })])).toBe(9);
  expect(expectedPauseMs([])).toBeUndefined();
});

test('who asks is a person when sudo knows of one, and fit for the journal', () => {
  expect(requester({ SUDO_USER: 'ada', USER: 'root' })).toMatch(/^ada@/);
  expect(requester({ USER: 'x\n'.repeat(300) })).toMatch(/^[^\n]{200}$/);
});
