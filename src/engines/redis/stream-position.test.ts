import { describe, expect, test } from 'vitest';
import { type Position, position } from '../../core/positions.ts';
import { streamPositions } from './stream-position.ts';

const { brief, compare, missing, parse, union } = streamPositions;

const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(40));
const at = (text: string): Position => position(text);

test.each(['', `${a}:0`, `${a}:12`, `${b}:20/${a}:12`, `${a}:12+${b}:5`])('%s is a position', (text) => {
  expect(parse(text)).toBe(text);
});

test.each(['x', `${a}`, `${a}:`, `${a}:-1`, `${a}:1/`, `${a}:1+`, `${a?.slice(1)}:1`])(
  '%s is none',
  (text) => {
    expect(parse(text)).toBeUndefined();
  },
);

describe('over a promotion', () => {
  test('what the former stream had before it is held; what it had afterwards is not', () => {
    const promoted = at(`${b}:120/${a}:100`);
    expect(compare(promoted, at(`${a}:100`))).toBe('ahead');
    expect(compare(promoted, at(`${a}:90`))).toBe('ahead');
    expect(compare(promoted, at(`${a}:101`))).toBe('diverged');
    expect(missing(at(`${a}:130`), promoted)).toEqual({
      count: 30,
      unit: 'bytes',
      text: 'aaaaaaaa:101-130',
    });
  });

  test('two that were promoted from the same stream share what both had of it', () => {
    expect(missing(at(`${b}:150/${a}:100`), at(`${c}:90/${a}:80`)).text).toBe('bbbbbbbb:81-150');
  });

  test('a name that was forgotten two promotions ago is a stranger', () => {
    expect(compare(at(`${a}:100`), at(`${c}:200/${b}:150`))).toBe('diverged');
  });
});

test('a union keeps what neither holds of the other, and of two names the newer', () => {
  expect(union(at(`${a}:100`), at(`${b}:100/${a}:100`))).toBe(`${b}:100/${a}:100`);
  expect(union(at(`${a}:100`), at(`${a}:50`))).toBe(`${a}:100`);
  expect(union(at(`${a}:110`), at(`${b}:120/${a}:100`))).toBe(`${a}:110+${b}:120/${a}:100`);
  expect(union(at(''), at(`${a}:1`))).toBe(`${a}:1`);
});

test('in short, as people compare them', () => {
  expect(brief(at(`${b}:120/${a}:100`))).toBe('bbbbbbbb:120');
});
