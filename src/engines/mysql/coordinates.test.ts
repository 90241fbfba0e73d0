import { describe, expect, it } from 'vitest';
import { position } from '../../core/positions.ts';
import { mysqlPositions as algebra } from './positions.ts';

const one = '0a1b2c3d-0000-0000-0000-000000000001';
const other = '0a1b2c3d-0000-0000-0000-000000000002';
const at = (text: string, server = one) => position(`@${server}/${text}`);

describe('a place in a log', () => {
  it.each([
    ['bin.000001:500', 'bin.000001:1478', 'behind'],
    ['bin.000002:4', 'bin.000001:1478', 'ahead'],
    ['bin.1000000:4', 'bin.999999:1478', 'ahead'],
    ['bin.000002:4', 'bin.000002:4', 'equal'],
    ['bin.000002:4', 'other.000002:4', 'diverged'],
  ])('%s against %s is %s', (a, b, order) => {
    expect(algebra.compare(at(a), at(b))).toBe(order);
  });

  it('says nothing of another server’s log, nor of GTIDs', () => {
    expect(algebra.compare(at('bin.000001:4'), at('bin.000001:4', other))).toBe('diverged');
    expect(algebra.compare(at('bin.000001:4'), position(`${one}:1-5`))).toBe('diverged');
  });

  it('names what lies between, and counts it as one', () => {
    expect(algebra.missing(at('bin.000002:900'), at('bin.000001:100'))).toEqual({
      count: 1,
      text: 'bin.000001:100-bin.000002:900',
    });
    expect(algebra.missing(at('bin.000001:100'), at('bin.000002:900'))).toEqual({ count: 0, text: '' });
  });

  it('is shortened to the file and the offset', () => {
    expect(algebra.brief(at('bin.000002:900'))).toBe('bin.000002:900');
  });

  it.each(['@bin.000001:4', `@${one}/bin:4`, `@${one}/bin.000001`, `@${one}/bin.000001:x`])(
    'is not read from %s',
    (text) => {
      expect(algebra.parse(text)).toBeUndefined();
    },
  );

  it('is refused where it is no place at all', () => {
    expect(() => algebra.compare(position('@nowhere'), at('bin.000001:4'))).toThrow('not a MySQL position');
  });
});
