import { expect, test } from 'vitest';
import type { RouteSettings } from '../policy.ts';
import { type AddressFacts, addressWarnings } from './address-warnings.ts';

const vip: RouteSettings = { name: 'rw', kind: 'vip', address: '10.0.0.50/24' };
const haproxy: RouteSettings = { name: 'r', kind: 'haproxy', socket: '/s', backend: 'b', server: 's' };

const facts = (changes: Partial<AddressFacts>): AddressFacts => ({
  policy: { routes: [haproxy, vip] },
  dead: { name: 'db1' },
  candidate: { name: 'db2' },
  silent: false,
  ...changes,
});

test('an address that nobody could take down is told of', () => {
  expect(addressWarnings(facts({}))).toEqual([]);
  expect(addressWarnings(facts({ silent: true }))).toEqual([
    '10.0.0.50/24 may still be on the host of db1, which nobody reaches: it comes to db2 only when no other host answers for it',
  ]);
});

test('a route that no agent carries stays where HAProxy is', () => {
  expect(addressWarnings(facts({ policy: { routes: [haproxy] }, silent: true }))).toEqual([]);
});
