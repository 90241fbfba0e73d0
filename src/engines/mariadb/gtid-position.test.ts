import { describe, expect, it, test } from 'vitest';
import { position } from '../../core/positions.ts';
import {
  type BinlogState,
  formatBinlogState,
  mariadbPositions,
  mergeBinlogStates,
  originsBeyond,
  parseBinlogState,
} from './gtid-position.ts';

function state(text: string): BinlogState {
  const parsed = parseBinlogState(text);
  if (parsed === undefined) throw new Error(`does not parse: ${text}`);
  return parsed;
}

function beyond(replica: string, primary: string, exceptServers: readonly number[] = []) {
  const { errant, uncertain } = originsBeyond(state(replica), state(primary), exceptServers);
  return { errant: formatBinlogState(errant), uncertain: formatBinlogState(uncertain) };
}

describe('the canonical form of positions and binlog states', () => {
  test.each([
    ['', ''],
    [' ', ''],
    ['0-1-10', '0-1-10'],
    ['1-3-7,0-2-112', '0-2-112,1-3-7'],
    [' 0-1-5 ,\n1-2-03 ', '0-1-5,1-2-3'],
    ['10-1-1,9-1-1,2-10-1,2-9-1', '2-9-1,2-10-1,9-1-1,10-1-1'],
    // As MariaDB 10.11.19 printed gtid_binlog_state.
    ['0-9-1,0-51-3,0-3-4,7-3-1', '0-3-4,0-9-1,0-51-3,7-3-1'],
    ['0-4-1,0-3-9,0-2-7,0-1-5,0-5-2,1-1-1', '0-1-5,0-2-7,0-3-9,0-4-1,0-5-2,1-1-1'],
    ['0-1-0,1-1-5', '1-1-5'],
    ['4294967295-4294967295-18446744073709551615', '4294967295-4294967295-18446744073709551615'],
  ])('%j is %j', (text, canonical) => {
    expect(mariadbPositions.parse(text)).toBe(canonical);
  });

  test.each([
    'nonsense',
    '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5',
    '0-1',
    '0-1-',
    '0-1-5,',
    ',0-1-5',
    '0-1-5,,1-1-5',
    '0-1-5-6',
    '0-1-5;1-1-5',
    '0-1-5 1-1-5',
    '0--1-5',
    '+0-1-5',
    '0-1-5a',
    'a0-1-5',
    '0-1-5,0-1-6',
    '0-1-5,0-1-0',
    '4294967296-1-5',
    '0-4294967296-5',
    '0-1-18446744073709551616',
  ])('%j is neither', (text) => {
    expect(parseBinlogState(text)).toBeUndefined();
    expect(mariadbPositions.parse(text)).toBeUndefined();
  });
});

describe('MariaDB positions', () => {
  test.each([
    ['', '', 'equal'],
    ['', '0-1-1', 'behind'],
    ['0-1-5', '0-1-5', 'equal'],
    ['0-1-5', '0-1-6', 'behind'],
    ['0-1-6', '0-2-5', 'ahead'],
    ['0-1-5', '0-2-5', 'diverged'],
    ['0-1-5', '0-1-5,1-1-1', 'behind'],
    ['0-1-5,1-1-1', '0-1-5', 'ahead'],
    ['0-1-5,1-1-2', '0-1-6,1-1-1', 'diverged'],
    ['0-1-5', '1-1-5', 'diverged'],
    ['0-1-6,1-1-5', '0-1-5,1-2-5', 'diverged'],
    ['0-1-9', '0-1-10', 'behind'],
    ['0-1-18446744073709551614', '0-1-18446744073709551615', 'behind'],
    ['1-1-5,0-1-5', '0-1-5,1-1-5', 'equal'],
  ])('%j is to %j: %s', (a, b, ordering) => {
    expect(mariadbPositions.compare(position(a), position(b))).toBe(ordering);
  });

  test.each([
    ['0-1-110', '0-1-105', 5, '0-1-105..0-1-110'],
    ['0-2-110', '0-1-105', 5, '0-1-105..0-2-110'],
    ['0-1-105', '0-1-110', 0, ''],
    ['0-1-105', '0-1-105', 0, ''],
    ['0-1-7', '', 7, '..0-1-7'],
    ['0-1-7', '0-2-7', 1, '0-2-7..0-1-7'],
    ['0-1-110,1-1-3,2-1-9', '0-1-105,1-1-4', 14, '0-1-105..0-1-110,..2-1-9'],
    ['0-1-9007199254740995', '0-1-9007199254740993', 2, '0-1-9007199254740993..0-1-9007199254740995'],
  ])('%j has %j short of it by %i: %j', (a, b, count, text) => {
    expect(mariadbPositions.missing(position(a), position(b))).toEqual({ count, text });
  });

  test.each([
    ['', '', ''],
    ['', '0-1-5', '0-1-5'],
    ['0-1-5', '0-1-6', '0-1-6'],
    ['1-1-1,0-1-5', '0-2-4,10-1-3,2-1-2', '0-1-5,1-1-1,2-1-2,10-1-3'],
    ['0-1-5', '0-2-5', '0-2-5'],
  ])('%j and %j unite to %j', (a, b, both) => {
    expect(mariadbPositions.union(position(a), position(b))).toBe(both);
    expect(mariadbPositions.union(position(b), position(a))).toBe(both);
  });

  it('are brief already', () => {
    expect(mariadbPositions.brief(position('0-1-110,1-2-5'))).toBe('0-1-110,1-2-5');
    expect(mariadbPositions.brief(position(''))).toBe('empty');
  });

  it('never take a text that is none for the start', () => {
    const garbage = position('uuid:1-5');
    expect(() => mariadbPositions.compare(position('0-1-5'), garbage)).toThrow(
      'not a MariaDB GTID position: uuid:1-5',
    );
  });
});

describe('a binlog state in the place of a position', () => {
  // Printed by MariaDB 10.11.19 with gtid_binlog_pos 0-16-139: its text ends with another server.
  const large = position(
    '0-37-130,0-9-136,0-28-106,0-35-137,0-22-115,0-29-118,0-16-139,0-40-125,0-38-138,0-12-114,0-13-121',
  );

  it('stands for the greatest sequence of each domain, wherever that is printed', () => {
    expect(mariadbPositions.brief(large)).toBe('0-16-139');
    expect(mariadbPositions.compare(large, position('0-16-139'))).toBe('equal');
    expect(mariadbPositions.compare(large, position('0-16-140'))).toBe('behind');
    expect(mariadbPositions.missing(position('0-16-140'), large).text).toBe('0-16-139..0-16-140');
    expect(mariadbPositions.union(large, position('1-1-1'))).toBe('0-16-139,1-1-1');
  });
});

describe('merging states', () => {
  test.each([
    ['', '', ''],
    ['0-1-5', '', '0-1-5'],
    ['', '0-1-5', '0-1-5'],
    ['0-1-5,0-2-7', '0-1-6,0-2-3,1-1-1', '0-1-6,0-2-7,1-1-1'],
    ['0-10-5', '0-9-5,10-1-1,9-1-1', '0-9-5,0-10-5,9-1-1,10-1-1'],
  ])('%j and %j hold together %j', (a, b, both) => {
    expect(formatBinlogState(mergeBinlogStates(state(a), state(b)))).toBe(both);
  });
});

describe('origins beyond the reference', () => {
  test.each([
    ['the same history', ['0-1-100,0-2-50', '0-1-100,0-2-50', []], '', ''],
    ['less of the same history', ['0-1-90,0-2-50', '0-1-100,0-2-50', []], '', ''],
    ['a write of the replica itself', ['0-1-100,0-2-101', '0-1-100,0-2-50', []], '0-2-101', ''],
    ['a server the primary never heard of', ['0-1-100,0-3-101', '0-1-100', []], '0-3-101', ''],
    ['a domain of its own', ['0-1-100,7-3-1', '0-1-100', []], '7-3-1', ''],
    ['several at once', ['0-1-100,0-2-60,0-3-101,1-2-1', '0-1-100,0-2-50', []], '0-2-60,0-3-101,1-2-1', ''],
    ['what the primary wrote since', ['0-1-110', '0-1-100', [1]], '', ''],
    ['what a former primary never handed on', ['0-1-503,0-2-505', '0-1-500,0-2-510', [2]], '0-1-503', ''],
    ['a stray write that the primary has passed', ['0-1-100,0-2-101', '0-1-200,0-2-50', [1]], '0-2-101', ''],
    ['a number that the primary gave itself', ['0-1-100,0-2-101', '0-1-101', [1]], '0-2-101', ''],
    ['that number in another domain', ['0-1-100,0-2-101', '0-1-200,1-1-101', [1]], '', '0-2-101'],
    ['a nothing', ['', '0-1-100', [1]], '', ''],
  ] as const)('%s', (_, [replica, primary, exceptServers], errant, uncertain) => {
    expect(beyond(replica, primary, exceptServers)).toEqual({ errant, uncertain });
  });

  describe('when the primary lost its log (RESET MASTER, or restored by mariabackup)', () => {
    it('cannot tell the history before from a stray write that the primary has passed', () => {
      // Server 1 wrote up to 500 before the restore; server 3 wrote 500 by mistake, or before as well.
      expect(beyond('0-1-500,0-2-600', '0-2-700', [2])).toEqual({ errant: '', uncertain: '0-1-500' });
      expect(beyond('0-3-500,0-2-600', '0-2-700', [2])).toEqual({ errant: '', uncertain: '0-3-500' });
    });

    it('still tells what no history of the primary reaches', () => {
      expect(beyond('0-1-701,0-2-600', '0-2-700', [2])).toEqual({ errant: '0-1-701', uncertain: '' });
    });

    it('needs its position beside its state, or takes all for errant', () => {
      const restored = mergeBinlogStates(state(''), state('0-1-500'));
      expect(beyond('0-1-500', formatBinlogState(restored), [2])).toEqual({ errant: '', uncertain: '' });
      expect(beyond('0-1-500', '', [2])).toEqual({ errant: '0-1-500', uncertain: '' });
    });
  });
});
