import { expect, test } from 'vitest';
import type { RouteSettings, ServerSettings } from '../policy.ts';
import { type AddressFacts, addressWarnings } from './address-warnings.ts';

const vip: RouteSettings = { name: 'rw', kind: 'vip', address: '10.0.0.50/24' };
const haproxy: RouteSettings = { name: 'r', kind: 'haproxy', socket: '/s', backend: 'b', server: 's' };
const db2: ServerSettings = {
  address: { host: '10.0.0.2', port: 3306 },
  promotionRule: 'neutral',
  agent: { host: '10.0.0.2', port: 7433 },
};

const facts = (changes: Partial<AddressFacts>): AddressFacts => ({
  policy: { routes: [haproxy, vip] },
  dead: { name: 'db1' },
  candidate: { name: 'db2', settings: db2 },
  silent: false,
  ...changes,
});

test('an address that nobody could take down is told of', () => {
  expect(addressWarnings(facts({}))).toEqual([]);
  expect(addressWarnings(facts({ silent: true }))).toEqual([
    '10.0.0.50/24 may still be on the host of db1, which nobody reaches: it comes to db2 only when no other host answers for it',
  ]);
});

test('and one that the candidate could not get', () => {
  const { agent: _, ...settings } = db2;
  expect(addressWarnings(facts({ candidate: { name: 'db2', settings } }))).toEqual([
    '10.0.0.50/24 cannot come to db2: no agent is configured for its host',
  ]);
  const routes = { policy: { routes: [haproxy] }, silent: true };
  expect(addressWarnings(facts({ ...routes, candidate: { name: 'db2', settings } }))).toEqual([]);
});
