import { expect, test } from 'vitest';
import {
  array,
  bulk,
  error,
  integer,
  map,
  noArray,
  none,
  properties,
  push,
  type Reply,
  simple,
} from './reply.ts';
import { encodeReply } from './resp-writer.ts';

const cases: readonly (readonly [string, Reply, string, string])[] = [
  ['a simple text', simple('OK'), '+OK\r\n', '+OK\r\n'],
  ['an error', error('ERR no'), '-ERR no\r\n', '-ERR no\r\n'],
  ['an error of several lines', error('ERR a\r\n+OK\nb'), '-ERR a +OK b\r\n', '-ERR a +OK b\r\n'],
  ['a number', integer(-7), ':-7\r\n', ':-7\r\n'],
  ['a text', bulk('abc'), '$3\r\nabc\r\n', '$3\r\nabc\r\n'],
  ['an empty text', bulk(''), '$0\r\n\r\n', '$0\r\n\r\n'],
  ['a text with its length in bytes', bulk('häß'), '$5\r\nhäß\r\n', '$5\r\nhäß\r\n'],
  ['no text', none, '$-1\r\n', '_\r\n'],
  ['no array', noArray, '*-1\r\n', '_\r\n'],
  ['an array', array([bulk('a'), integer(1)]), '*2\r\n$1\r\na\r\n:1\r\n', '*2\r\n$1\r\na\r\n:1\r\n'],
  ['an empty array', array([]), '*0\r\n', '*0\r\n'],
  ['a map', map([['a', integer(1)]]), '*2\r\n$1\r\na\r\n:1\r\n', '%1\r\n$1\r\na\r\n:1\r\n'],
  ['a push', push([bulk('a')]), '*1\r\n$1\r\na\r\n', '>1\r\n$1\r\na\r\n'],
  ['properties', properties([['p', 12]]), '*2\r\n$1\r\np\r\n$2\r\n12\r\n', '%1\r\n$1\r\np\r\n$2\r\n12\r\n'],
  ['a map in an array', array([map([])]), '*1\r\n*0\r\n', '*1\r\n%0\r\n'],
];

test.each(cases)('%s', (_, reply, resp2, resp3) => {
  expect(encodeReply(reply, 2)).toBe(resp2);
  expect(encodeReply(reply, 3)).toBe(resp3);
});
