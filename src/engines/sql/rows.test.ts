import { describe, expect, it } from 'vitest';
import { filled, identifier, number, quote, text, truth } from './rows.ts';

const row = {
  empty: '',
  none: null,
  word: 'yes',
  digits: '18446744073709551615',
  half: '2.500',
  words: 'a b',
};

describe('reading a row', () => {
  it('takes the first column that is there and not null', () => {
    expect(text(row, 'absent', 'none', 'word')).toBe('yes');
    expect(text(row, 'empty', 'word')).toBe('');
    expect(text(row, 'absent')).toBeUndefined();
    expect(text(undefined, 'word')).toBeUndefined();
  });

  it('counts an empty string as absent where it cannot be meant', () => {
    expect(filled(row, 'empty')).toBeUndefined();
    expect(number(row, 'empty')).toBeUndefined();
  });

  it('reads numbers, and nothing else as one', () => {
    expect(number(row, 'half')).toBe(2.5);
    expect(number(row, 'words')).toBeUndefined();
    expect(number(row, 'none')).toBeUndefined();
  });

  it.each(['1', 'ON', 'on', 'YES', 'Yes', 'TRUE'])('%s is true', (value) => {
    expect(truth({ value }, 'value')).toBe(true);
  });

  it.each(['0', 'OFF', 'No', 'Connecting', 'Preparing', '', null])('%s is not', (value) => {
    expect(truth({ value }, 'value')).toBe(false);
  });
});

describe('writing a statement', () => {
  it('lets nothing out of a string', () => {
    expect(quote("it's")).toBe("'it''s'");
    expect(quote('a\\')).toBe("'a\\\\'");
    expect(quote("\\'; DROP TABLE t; --")).toBe("'\\\\''; DROP TABLE t; --'");
  });

  it('lets nothing out of a name', () => {
    expect(identifier('dauphin')).toBe('`dauphin`');
    expect(identifier('a`b')).toBe('`a``b`');
  });
});
