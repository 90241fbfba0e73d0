import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { DeadlineExceeded } from '../../core/deadline.ts';
import { replyCode, translateRespError } from './resp-errors.ts';

const address = { host: '10.0.0.1', port: 6379 };
const translate = (thrown: unknown): Fault => translateRespError(thrown, address, 'freeze');
const named = (name: string, message: string, fields: object = {}): Error =>
  Object.assign(new Error(message), { name }, fields);

describe('what a server answers', () => {
  it.each([
    ['access-denied', 'NOAUTH Authentication required.'],
    ['access-denied', 'WRONGPASS invalid username-password pair or user is disabled.'],
    ['access-denied', "NOPERM this user has no permissions to run the 'client|pause' command"],
    ['server-unreachable', 'LOADING Redis is loading the dataset in memory'],
    ['server-unreachable', 'MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to no.'],
    ['server-unreachable', 'BUSY Redis is busy running a script.'],
    ['server-unreachable', 'ERR max number of clients reached'],
    ['statement-failed', 'ERR syntax error'],
    ['statement-failed', "READONLY You can't write against a read only replica."],
  ])('is %s for %s', (code, message) => {
    const fault = translate(named('ReplyError', message));
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(message);
    expect(replyCode(fault)).toBe(message.split(' ')[0]);
  });

  it('says when it had no connection to spare', () => {
    expect(translate(named('ReplyError', 'ERR max number of clients reached')).details.full).toBe(true);
    expect(translate(named('ReplyError', 'ERR syntax error')).details.full).toBeUndefined();
  });
});

describe('what happens on the way', () => {
  it.each([
    ['server-unreachable', 'ECONNREFUSED', true],
    ['server-unreachable', 'ENOTFOUND', undefined],
    ['server-unreachable', 'EHOSTUNREACH', undefined],
    ['connection-lost', 'ECONNRESET', undefined],
    ['connection-lost', 'EPIPE', undefined],
  ])('is %s for %s', (code, errno, refused) => {
    const fault = translate(named('Error', 'words', { code: errno }));
    expect([fault.code, fault.details.refused]).toEqual([code, refused]);
    expect(replyCode(fault)).toBe('');
  });

  it('a deadline, an end of waiting, and what nobody foresaw', () => {
    expect(translate(new DeadlineExceeded('freeze', 300)).code).toBe('deadline-exceeded');
    expect(translate(new DeadlineExceeded('freeze', 300)).message).toContain('no answer within 300 ms');
    expect(translate(named('AbortError', 'aborted')).code).toBe('connection-lost');
    expect(translate('what').code).toBe('connection-lost');
  });

  it('a fault stays as it is, and names the server otherwise', () => {
    const fault = new Fault('bad-request', 'no');
    expect(translate(fault)).toBe(fault);
    expect(translate(new Error('x')).message).toContain('10.0.0.1:6379: freeze');
  });
});
