import { expect, test } from 'vitest';
import { type Request, RespReader } from './resp-reader.ts';

function readAll(text: string, { known = true, piece = Number.POSITIVE_INFINITY } = {}): readonly unknown[] {
  const reader = new RespReader(() => known);
  const bytes = Buffer.from(text);
  const requests: Request[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    requests.push(...reader.read(bytes.subarray(at, at + piece)));
  }
  return requests.map((request) => (request.kind === 'command' ? request.words : request.text));
}

/** What a real Sentinel 7.0.15 makes of it, except for the limits. */
const cases: readonly (readonly [string, string, readonly unknown[]])[] = [
  ['an array of bulk strings', '*2\r\n$4\r\nPING\r\n$1\r\nx\r\n', [['PING', 'x']]],
  ['bytes, not characters', '*1\r\n$5\r\nhäß\r\n', [['häß']]],
  ['line breaks in a bulk string', '*1\r\n$4\r\na\r\nb\r\n', [['a\r\nb']]],
  ['an empty bulk string', '*2\r\n$4\r\nAUTH\r\n$0\r\n\r\n', [['AUTH', '']]],
  ['an inline command', 'SENTINEL  masters\r\n', [['SENTINEL', 'masters']]],
  ['an inline command that ends with a line feed', 'PING\n', [['PING']]],
  ['quotes in an inline command', `a "b \\x41\\n" 'c \\' d'\r\n`, [['a', 'b A\n', "c ' d"]]],
  ['empty lines', '\r\n\r\nPING\r\n', [['PING']]],
  ['empty arrays', '*0\r\n*-1\r\nPING\r\n', [['PING']]],
  ['several at once', 'PING\r\n*1\r\n$4\r\nQUIT\r\n', [['PING'], ['QUIT']]],
  ['a bulk length that is none', '*1\r\n$a\r\n', ['invalid bulk length']],
  ['a negative bulk length', '*1\r\n$-1\r\n', ['invalid bulk length']],
  ['a bulk string that is too long', '*1\r\n$65537\r\n', ['invalid bulk length']],
  ['something else than a bulk string', '*1\r\n+foo\r\n', ["expected '$', got '+'"]],
  ['an array length that is none', '*a\r\n', ['invalid multibulk length']],
  ['an array that is too long', '*1025\r\n', ['invalid multibulk length']],
  ['a quote that is not closed', '"abc\r\n', ['unbalanced quotes in request']],
  ['text right after a quote', '"abc"d\r\n', ['unbalanced quotes in request']],
  ['nothing after an error', '*a\r\nPING\r\n', ['invalid multibulk length']],
  ['an inline request without an end', 'x'.repeat(65_537), ['too big inline request']],
  ['a count without an end', `*${'1'.repeat(65_537)}`, ['too big mbulk count string']],
];

test.each(cases)('%s', (_, text, expected) => {
  expect(readAll(text)).toEqual(expected);
  expect(readAll(text, { piece: text.length > 1000 ? 1000 : 1 })).toEqual(expected);
});

test('words together are bounded, too', () => {
  const word = `$65536\r\n${'x'.repeat(65_536)}\r\n`;
  expect(readAll(`*4\r\n${word.repeat(4)}`)).toHaveLength(1);
  expect(readAll(`*5\r\n${word.repeat(5)}`)).toEqual(['invalid bulk length']);
});

test('who has not said the password may send little', () => {
  expect(readAll('*11\r\n', { known: false })).toEqual(['unauthenticated multibulk length']);
  expect(readAll('*1\r\n$16385\r\n', { known: false })).toEqual(['unauthenticated bulk length']);
  expect(readAll('*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n', { known: false })).toEqual([['AUTH', 'x']]);
});

test('a client becomes known by the request before', () => {
  let known = false;
  const reader = new RespReader(() => known);
  const requests = reader.read(Buffer.from('AUTH x\r\n*11\r\n'));
  expect(requests.next().value).toEqual({ kind: 'command', words: ['AUTH', 'x'] });
  known = true;
  expect(requests.next().done).toBe(true);
});
