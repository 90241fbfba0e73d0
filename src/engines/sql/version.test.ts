import { describe, expect, it } from 'vitest';
import { parseVersion, since } from './version.ts';

describe('parseVersion', () => {
  it.each([
    ['10.11.19-MariaDB-0+deb12u1-log', 10, 11, 19],
    // What MariaDB told its clients for years, lest they take it for an old MySQL.
    ['5.5.5-10.4.34-MariaDB', 10, 4, 34],
    ['5.5.68-MariaDB', 5, 5, 68],
    ['9.7.4', 9, 7, 4],
    ['8.0.36-28.1-percona', 8, 0, 36],
    ['8.4', 8, 4, 0],
  ])('reads %s', (text, major, minor, patch) => {
    expect(parseVersion(text)).toEqual({ text, major, minor, patch });
  });

  it('makes nothing of what is none', () => {
    expect(parseVersion('unknown')).toEqual({ text: 'unknown', major: 0, minor: 0, patch: 0 });
  });
});

describe('since', () => {
  const version = parseVersion('8.0.26');

  it.each([
    [8, 0, 26, true],
    [8, 0, 25, true],
    [8, 0, 27, false],
    [8, 1, 0, false],
    [7, 9, 99, true],
    [9, 0, 0, false],
  ])('8.0.26 is %i.%i.%i or newer: %s', (major, minor, patch, expected) => {
    expect(since(version, major, minor, patch)).toBe(expected);
  });

  it('takes what is not said for 0', () => {
    expect(since(version, 8)).toBe(true);
    expect(since(parseVersion('10.4.1'), 10, 4)).toBe(true);
    expect(since(parseVersion('10.3.9'), 10, 4)).toBe(false);
  });
});
