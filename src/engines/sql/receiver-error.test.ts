import { expect, it } from 'vitest';
import { receiverError } from './receiver-error.ts';

const mariadb = (why: string): string =>
  `error connecting to master 'repl@127.0.0.11:25853' - retry-time: 1  maximum-retries: 100000  message: ${why}`;
const mysql = (why: string): string =>
  `Error connecting to source 'repl@127.0.0.11:29978'. This was attempt 1/86400, with a delay of 1 seconds between attempts. Message: ${why}`;

it.each([
  [2003, mariadb(`Can't connect to server on '127.0.0.11' (111 "Connection refused")`), 'refused', true],
  [2003, mysql("Can't connect to MySQL server on '127.0.0.11:29978' (111)"), 'refused', true],
  [2003, mariadb(`Can't connect to server on '127.0.0.11' (110 "Connection timed out")`), 'of-the-way', true],
  [2013, 'Lost connection to MySQL server during query', 'of-the-way', false],
  [1045, mysql("Access denied for user 'repl'@'127.0.0.1' (using password: YES)"), 'source-answers', true],
  [1040, 'error reconnecting to master: Too many connections', 'source-answers', true],
  [1236, 'Got fatal error 1236 from source when reading data from binary log', 'other', false],
])('%i %s', (code, message, meaning, connecting) => {
  const row = { Last_IO_Errno: String(code), Last_IO_Error: message };
  expect(receiverError(row)).toEqual({ code, message, meaning, connecting });
});

it('is none where there is none', () => {
  expect(receiverError({ Last_IO_Errno: '0', Last_IO_Error: '' })).toBe(undefined);
});
