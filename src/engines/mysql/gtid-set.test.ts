import { describe, expect, it, test } from 'vitest';
import { position } from '../../core/positions.ts';
import {
  countGtidSet,
  errantGtids,
  formatGtidSet,
  type GtidSet,
  gtidPositions,
  parseGtidSet,
  subtractGtidSets,
  unionGtidSets,
  withoutSources,
} from './gtid-set.ts';

/** The server of the manual's examples, and a second one that sorts before it. */
const upper = '3E11FA47-71CA-11E1-9E33-C80AA9429562';
const lower = upper.toLowerCase();
const other = '2174b383-5441-11e8-b90a-c80aa9429562';

function gtids(text: string): GtidSet {
  const set = parseGtidSet(text);
  if (set === undefined) throw new Error(`does not parse: ${text}`);
  return set;
}

/** Intervals of the manual's server: `of('1-3:5')`. */
const of = (intervals: string): GtidSet => gtids(`${lower}:${intervals}`);
const at = (intervals: string) => position(intervals === '' ? '' : `${lower}:${intervals}`);

describe('the canonical form of a GTID set', () => {
  // Each right side is what GTID_SUBTRACT(left, '') printed on MySQL 9.7.4.
  test.each([
    ['', ''],
    [',', ''],
    [' \n ', ''],
    [`${upper}:23`, `${lower}:23`],
    [`${upper}:1-3:11:47-49`, `${lower}:1-3:11:47-49`],
    [`${upper}:5:3-4:1-2:9-12:10`, `${lower}:1-5:9-12`],
    [`${upper}:2-9:1-5:4`, `${lower}:1-9`],
    [`${upper}:5-5:01-03`, `${lower}:1-3:5`],
    [`${upper}:1-5,${upper}:6:9`, `${lower}:1-6:9`],
    [`,${upper}:1,,${other}:1,`, `${other}:1,\n${lower}:1`],
    [`${upper}:1-19, ${other}:1-3`, `${other}:1-3,\n${lower}:1-19`],
    [` ${upper} : 1 - 3 : Tag : 4 - 5 ,\n ${other}:7 `, `${other}:7,\n${lower}:1-3:tag:4-5`],
    [`${upper}:tag:1-5:7, ${upper}:1-3`, `${lower}:1-3:tag:1-5:7`],
    [`${upper}:tag:1:1-3`, `${lower}:tag:1-3`],
    [`${upper}:1-3:tag:1-5:2-9:other:7:tag:20`, `${lower}:1-3:other:7:tag:1-9:20`],
    [
      `${upper}:b:1,${upper}:a_:2,${upper}:ab:3,${upper}:a1:4,${upper}:_z:5,${upper}:1`,
      `${lower}:1:_z:5:a1:4:a_:2:ab:3:b:1`,
    ],
    // From the manual, "GTID Sets"; the form is the one of https://bugs.mysql.com/bug.php?id=116789
    [`${upper}:Domain_1:1-3:15-21, ${upper}:Domain_2:8-52`, `${lower}:domain_1:1-3:15-21:domain_2:8-52`],
    [
      `${upper}:9007199254740991-9007199254740993:9007199254740994`,
      `${lower}:9007199254740991-9007199254740994`,
    ],
    [`${upper}:9007199254740991:9007199254740993`, `${lower}:9007199254740991:9007199254740993`],
    [`${upper}:9223372036854775806`, `${lower}:9223372036854775806`],
  ])('%j is printed as %j', (text, canonical) => {
    expect(gtidPositions.parse(text)).toBe(canonical);
  });

  it('reaches up to the limit that the manual gives', () => {
    expect(gtidPositions.parse(`${lower}:1-9223372036854775807`)).toBe(`${lower}:1-9223372036854775807`);
    expect(parseGtidSet(`${lower}:1-9223372036854775808`)).toBeUndefined();
  });

  it('takes tags of up to 32 characters', () => {
    const tag = 'abcdefghijklmnopqrstuvwxyz_01234';
    expect(gtidPositions.parse(`${lower}:${tag}:1`)).toBe(`${lower}:${tag}:1`);
    expect(parseGtidSet(`${lower}:${tag}5:1`)).toBeUndefined();
  });

  test.each([
    'nonsense',
    '0-1-5',
    lower,
    `${lower}:`,
    `${lower}:tag`,
    `${lower}:tag:`,
    `${lower}:1:tag`,
    `${lower}:tag:other:1`,
    `${lower}::1`,
    `${lower}:0`,
    `${lower}:0-5`,
    `${lower}:5-3`,
    `${lower}:-5`,
    `${lower}:1-`,
    `${lower}:1 2`,
    `${lower}:1-2-3`,
    `${lower}:1a`,
    `${lower}:1a:1`,
    `${lower}:1a:2b`,
    `${lower}:t-x:1`,
    `${lower}:1e3`,
    `${lower}:1.5`,
    `${lower}:tag:${lower}:1`,
    `${lower} 1`,
    `${lower}:1;${other}:1`,
    `${lower}:1,nonsense`,
    `+${lower}:1`,
    `${lower.slice(1)}:1`,
    `${lower}0:1`,
    `g${lower.slice(1)}:1`,
    `${lower}:92233720368547758080`,
  ])('%j is no GTID set', (text) => {
    expect(parseGtidSet(text)).toBeUndefined();
    expect(gtidPositions.parse(text)).toBeUndefined();
  });
});

describe('subtraction', () => {
  // GTID_SUBTRACT in https://dev.mysql.com/doc/refman/9.5/en/gtid-functions.html
  test.each([
    ['21-57', '21', '22-57'],
    ['21-57', '20-25', '26-57'],
    ['21-57', '23-24', '21-22:25-57'],
    ['21-57', '57', '21-56'],
    ['1-10:20-30', '5-25', '1-4:26-30'],
    ['1-9223372036854775807', '9007199254740992', '1-9007199254740991:9007199254740993-9223372036854775807'],
  ])('%s minus %s is %s', (a, b, expected) => {
    expect(formatGtidSet(subtractGtidSets(of(a), of(b)))).toBe(`${lower}:${expected}`);
  });

  it('leaves no trace of an origin whose transactions are all taken away', () => {
    expect([...subtractGtidSets(of('5-7:t:1'), of('1-9:t:1-2'))]).toEqual([]);
  });

  it('tells a tag from the untagged and from other tags', () => {
    const set = subtractGtidSets(gtids(`${lower}:1-5:a:1-5:b:1-5`), gtids(`${lower}:2:a:3`));
    expect(formatGtidSet(set)).toBe(`${lower}:1:3-5:a:1-2:4-5:b:1-5`);
  });
});

describe('union', () => {
  it('joins intervals that touch and keeps holes', () => {
    expect(formatGtidSet(unionGtidSets(of('1-3:9'), of('4-5:7')))).toBe(`${lower}:1-5:7:9`);
  });

  it('sorts origins', () => {
    const set = unionGtidSets(of('1:b:1'), gtids(`${other}:x:4,${lower}:a:2`));
    expect(formatGtidSet(set)).toBe(`${other}:x:4,\n${lower}:1:a:2:b:1`);
  });

  it('takes time in proportion to the intervals', () => {
    const every = (from: number) => Array.from({ length: 100_000 }, (_, i) => `${from + 4 * i}`).join(':');
    const started = performance.now();
    const union = unionGtidSets(of(every(1)), of(every(3)));
    expect(countGtidSet(union)).toBe(200_000);
    expect(countGtidSet(subtractGtidSets(union, of(every(1))))).toBe(100_000);
    // About 0.2 s; a quadratic walk would need minutes.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

test('counting adds up all intervals of all origins', () => {
  expect(countGtidSet(gtids(''))).toBe(0);
  expect(countGtidSet(gtids(`${lower}:1-3:7:tag:1-10,${other}:4`))).toBe(15);
  expect(countGtidSet(of('9223372036854775807'))).toBe(1);
  expect(countGtidSet(of('1-9223372036854775807'))).toBe(2 ** 63);
});

describe('errant transactions', () => {
  it('are those of other origins that the primary lacks, whatever their tag', () => {
    const replica = gtids(`${other}:1-100,${lower}:1-5:tag:1`);
    const primary = gtids(`${other}:1-90,${lower}:1-3`);
    expect(formatGtidSet(errantGtids(replica, primary, [other]))).toBe(`${lower}:4-5:tag:1`);
  });

  it('are never what the primary wrote since it was looked at, tagged or not', () => {
    const replica = gtids(`${lower}:1-110:tag:1-7`);
    expect(errantGtids(replica, of('1-100'), [upper]).size).toBe(0);
    expect(errantGtids(replica, of('1-100'), []).size).toBe(2);
  });

  it('need every source of the primary named', () => {
    const set = gtids(`${other}:1,${lower}:1:t:1`);
    expect(formatGtidSet(withoutSources(set, [upper]))).toBe(`${other}:1`);
    expect(withoutSources(set, [other, lower]).size).toBe(0);
  });
});

describe('MySQL positions', () => {
  // GTID_SUBSET in the manual gives the first three.
  test.each([
    ['23', '21-57', 'behind'],
    ['23-25', '21-57', 'behind'],
    ['20-25', '21-57', 'diverged'],
    ['21-57', '21-57', 'equal'],
    ['21-57', '23', 'ahead'],
    ['', '1', 'behind'],
    ['1-3', '1-3:tag:1', 'behind'],
    ['1-3:tag:1', '1-4', 'diverged'],
    ['3:1-2', '1-3', 'equal'],
  ])('%s is to %s: %s', (a, b, ordering) => {
    expect(gtidPositions.compare(at(a), at(b))).toBe(ordering);
  });

  it('count and name what is missing', () => {
    expect(gtidPositions.missing(at('1-9:12'), at('3-4:10-20'))).toEqual({
      count: 7,
      text: `${lower}:1-2:5-9`,
    });
    expect(gtidPositions.missing(at('3'), at('1-9'))).toEqual({ count: 0, text: '' });
  });

  it('unite to a canonical position', () => {
    expect(gtidPositions.union(at('4-5'), position(`${upper}:1-3`))).toBe(`${lower}:1-5`);
  });

  test.each([
    ['', 'empty'],
    [`${lower}:1-88231`, '…9562:1-88231'],
    [`${lower}:7`, '…9562:7'],
    [`${lower}:1-5:90-88231`, '…9562:…:90-88231'],
    [`${other}:1-3,${lower}:1-9:tag:1-2`, '…9562:1-3, …9562:1-9, …9562:tag:1-2'],
  ])('%j is %j in brief', (text, brief) => {
    expect(gtidPositions.brief(position(text))).toBe(brief);
  });

  it('never take a text that is none for the empty set', () => {
    expect(() => gtidPositions.compare(position('0-1-5'), at('1'))).toThrow('not a MySQL GTID set: 0-1-5');
  });
});
