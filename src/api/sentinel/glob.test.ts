import { expect, test } from 'vitest';
import { globMatches } from './glob.ts';

const cases: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ['*', '', true],
  ['*', '+switch-master', true],
  ['+switch-master', '+switch-master', true],
  ['switch-master', '+switch-master', false],
  ['[-+]sdown', '+sdown', true],
  ['[-+]sdown', '-sdown', true],
  ['[-+]sdown', '+odown', false],
  ['+slave', '+slave-reconf-done', false],
  ['+slave*', '+slave-reconf-done', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a[^b]c', 'abc', false],
  ['a[^b]c', 'axc', true],
  ['[a-c]x', 'bx', true],
  ['[c-a]x', 'bx', true],
  ['[a-c]x', 'dx', false],
  ['[\\]]', ']', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['a*b*c', 'a1b2b3c', true],
  ['a*b*c', 'a1b2b3d', false],
  ['a**', 'a', true],
  ['[ab', 'a', true],
  ['', '', true],
  ['', 'a', false],
  ['abc', 'ab', false],
];

test.each(cases)('%s and %s', (pattern, text, matches) => expect(globMatches(pattern, text)).toBe(matches));

test('a pattern of many stars does not take for ever', () => {
  expect(globMatches(`${'a*'.repeat(5000)}b`, 'a'.repeat(5000))).toBe(false);
});
