import { expect, test } from 'vitest';
import { infoNumber, parseInfo } from './info.ts';

const info = parseInfo(
  '# Server\r\nredis_version:7.0.15\r\nos:Linux 6.1 x86_64: a\r\n\r\nempty:\r\nlag:-1\r\nwords\r\n',
);

test('the text of INFO is a table; headings and what has no colon are left out', () => {
  expect([...info]).toEqual([
    ['redis_version', '7.0.15'],
    ['os', 'Linux 6.1 x86_64: a'],
    ['empty', ''],
    ['lag', '-1'],
  ]);
});

test('a number is one, and nothing else', () => {
  expect(infoNumber(info, 'lag')).toBe(-1);
  expect(infoNumber(info, 'os')).toBeUndefined();
  expect(infoNumber(info, 'nothing')).toBeUndefined();
});
