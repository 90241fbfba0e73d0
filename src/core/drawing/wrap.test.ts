import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wrap } from './wrap.ts';

test('a line ends where the next word would not fit', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('one two three', 6)).toEqual(['one', 'two', 'three']);
  expect(wrap('one two', Number.POSITIVE_INFINITY)).toEqual(['one two']);
});

test('a word that is too long stays whole', () => {
  expect(wrap('an incomprehensibility', 5)).toEqual(['an', 'incomprehensibility']);
});

test('no word is lost at any width', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,9}$/u)),
      fc.integer({ min: -3, max: 30 }),
      (words, width) => {
        expect(wrap(words.join(' '), width).join(' ')).toBe(words.join(' '));
      },
    ),
  );
});
