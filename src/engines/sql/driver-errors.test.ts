import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { DeadlineExceeded } from '../../core/deadline.ts';
import { serverErrorNumber, translateDriverError } from './driver-errors.ts';

const address = { host: '10.0.0.1', port: 3306 };
const translate = (thrown: unknown): Fault => translateDriverError(thrown, address, 'freeze');
const driverError = (fields: { code?: string; errno?: number; message?: string }): Error =>
  Object.assign(new Error(fields.message ?? 'words of the driver'), fields);

describe('what a driver throws', () => {
  it.each([
    ['server-unreachable', { code: 'ECONNREFUSED' }],
    ['server-unreachable', { code: 'ENOTFOUND' }],
    ['server-unreachable', { code: 'ETIMEDOUT' }],
    ['connection-lost', { code: 'ECONNRESET' }],
    ['connection-lost', { code: 'PROTOCOL_CONNECTION_LOST' }],
    ['connection-lost', { message: "Can't add new command when connection is in closed state" }],
    ['connection-lost', { code: 'ER_QUERY_INTERRUPTED', errno: 1317 }],
    ['connection-lost', { code: 'ER_SERVER_SHUTDOWN', errno: 1053 }],
    ['access-denied', { code: 'ER_ACCESS_DENIED_ERROR', errno: 1045 }],
    ['access-denied', { code: 'ER_SPECIFIC_ACCESS_DENIED_ERROR', errno: 1227 }],
    ['access-denied', { code: 'AUTH_SWITCH_PLUGIN_ERROR' }],
    ['statement-failed', { code: 'ER_LOCK_WAIT_TIMEOUT', errno: 1205 }],
    ['statement-failed', { code: 'ER_PARSE_ERROR', errno: 1064 }],
    // What nobody foresaw leaves the connection in a state that nobody knows.
    ['connection-lost', {}],
  ])('is %s for %j', (code, fields) => {
    expect(translate(driverError(fields)).code).toBe(code);
  });

  it('names the server, what was done, and the words of the server; the number is kept', () => {
    const fault = translate(driverError({ code: 'ER_PARSE_ERROR', errno: 1064, message: 'near FOO' }));
    expect(fault.message).toBe('10.0.0.1:3306: freeze: near FOO');
    expect(serverErrorNumber(fault)).toBe(1064);
  });

  it.each([
    ['ER_CON_COUNT_ERROR', 1040],
    ['ER_TOO_MANY_USER_CONNECTIONS', 1203],
    ['ER_USER_LIMIT_REACHED', 1226],
  ])('says of %s that the server is full, and of others that it is not', (code, errno) => {
    expect(translate(driverError({ code, errno }))).toMatchObject({
      code: 'server-unreachable',
      details: { full: true },
    });
    expect(translate(driverError({ code: 'ECONNREFUSED' })).details).not.toHaveProperty('full');
  });

  const dualStack = (...codes: readonly string[]): Error =>
    Object.assign(
      new AggregateError(codes.map((code) => driverError({ code, message: `connect ${code}` }))),
      { code: codes[0] },
    );

  it.each<[string, Error, boolean]>([
    ['one address', driverError({ code: 'ECONNREFUSED' }), true],
    ['each address of its name', dualStack('ECONNREFUSED', 'ECONNREFUSED'), true],
    ['one of two addresses only', dualStack('ECONNREFUSED', 'EHOSTUNREACH'), false],
    ['a name that only sounds like it', driverError({ code: 'ENOTFOUND', message: 'refused-1' }), false],
  ])('says whether nobody listens: %s', (_what, thrown, refused) => {
    const fault = translate(thrown);
    expect(fault.code).toBe('server-unreachable');
    expect(fault.details.refused === true).toBe(refused);
  });

  it('has words also where the driver has only those of each address', () => {
    expect(translate(dualStack('ECONNREFUSED', 'EHOSTUNREACH')).message).toBe(
      '10.0.0.1:3306: freeze: connect ECONNREFUSED; connect EHOSTUNREACH',
    );
  });

  it('is told apart from a deadline and from a caller that gave up', () => {
    expect(translate(new DeadlineExceeded('freeze', 300))).toMatchObject({
      code: 'deadline-exceeded',
      message: '10.0.0.1:3306: freeze: no answer within 300 ms',
    });
    expect(translate(new DOMException('', 'AbortError'))).toMatchObject({
      code: 'connection-lost',
      message: '10.0.0.1:3306: freeze: given up',
    });
  });

  it('is left as it is when it is a fault already', () => {
    const fault = new Fault('lease-lost', 'the lease has ended');
    expect(translate(fault)).toBe(fault);
    expect(serverErrorNumber(fault)).toBe(0);
    expect(serverErrorNumber('text')).toBe(0);
  });

  it('is translated even when it is no error at all', () => {
    expect(translate('text')).toMatchObject({
      code: 'connection-lost',
      message: '10.0.0.1:3306: freeze: text',
    });
  });
});
