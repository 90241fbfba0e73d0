import fc from 'fast-check';
import { expect, it } from 'vitest';
import { prefixEnd } from './prefix-range.ts';

const awkward = fc.constantFrom('a', '/', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{10ffff}');
const text = fc.array(awkward, { maxLength: 4 }).map((characters) => characters.join(''));

const before = (key: string, end: string | Uint8Array): boolean =>
  typeof end !== 'string' || Buffer.compare(Buffer.from(key), Buffer.from(end)) < 0;

it('what lies from the prefix to its end is exactly what starts with it', () => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const key = `${prefix}${other}`;
      expect(before(key, prefixEnd(prefix))).toBe(true);
      const inside =
        Buffer.compare(Buffer.from(other), Buffer.from(prefix)) >= 0 && before(other, prefixEnd(prefix));
      expect(inside).toBe(other.startsWith(prefix));
    }),
    { numRuns: 500 },
  );
});
