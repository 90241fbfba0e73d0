import { expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { ServerLink } from '../../core/engine.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { Member } from '../observation/member.ts';
import { askServer } from './witnesses.ts';

const address = { host: 'db1', port: 3306 };
const unreachable = (message: string, details = {}): Fault =>
  new Fault('server-unreachable', `db1:3306: connect: ${message}`, { details });

it.each<[string, Fault, string]>([
  ['of one that refuses', unreachable('', { refused: true }), 'gone'],
  [
    'of one to which there is no way, whatever its name',
    unreachable('getaddrinfo ENOTFOUND refused-1'),
    'silent',
  ],
  ['of one that has no connection to spare', unreachable('too many', { full: true }), 'serves'],
  ['of one that does not answer', new Fault('deadline-exceeded', 'no answer within 750 ms'), 'silent'],
])('what this controller says %s', async (_what, fault, says) => {
  const link: Pick<ServerLink, 'address' | 'probe'> = { address, probe: () => Promise.reject(fault) };
  const member = new Member({ link: link as ServerLink, clock: new VirtualClock(), configured: true });
  const { signal } = new AbortController();
  const said = await askServer(member, { stop: signal, lifetime: signal }, 750);
  expect(said?.says).toBe(says);
});
