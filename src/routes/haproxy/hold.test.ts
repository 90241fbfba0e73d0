import { describe, expect, test } from 'vitest';
import type { HaproxySettings } from '../../core/policy.ts';
import { heldBy, holdCommand, holdFor, limitBefore, limitUnknown, unholdCommands } from './hold.ts';
import type { Reading } from './reading.ts';

const settings: HaproxySettings = {
  name: 'orders-rw',
  kind: 'haproxy',
  socket: '/run/haproxy.sock',
  backend: 'orders',
  server: 'primary',
  frontend: 'orders-rw',
};

const reading = (traits: Partial<Reading> = {}): Reading => ({
  version: '2.6.12',
  processLimit: 500,
  slot: { address: { host: '127.0.0.11', port: 3306 }, inUse: true },
  frontendLimit: 77,
  slotLimit: 0,
  ...traits,
});

describe('which way new clients are held', () => {
  test.each([
    '2.4.28',
    '2.6.20-1ppa1~jammy',
    '2.8.12',
    '3.0.11-1+deb13u3',
    '3.0.6',
    '3.1.0',
    '3.2-dev3',
    '4.0.0',
  ])('%s can raise the limit of a frontend at which clients wait', (version) => {
    expect(holdFor(version)).toBe('frontend');
  });

  test.each([
    '2.6.12-1+deb12u4',
    '2.6.19',
    '2.8.0-1.0.0-329.1202',
    '2.9.15',
    '3.0.5',
    '2.2.9',
    '3.0-dev7',
    '',
  ])('%s would crash, or is not known not to', (version) => {
    expect(holdFor(version)).toBe('queue');
  });
});

test('a hold is told from the limits, and only where there is a frontend to hold', () => {
  expect(heldBy(reading(), settings)).toBeUndefined();
  expect(heldBy(reading({ frontendLimit: 0 }), settings)).toBe('frontend');
  expect(heldBy(reading({ slotLimit: 1 }), settings)).toBe('queue');
  const { frontend: _, ...unheld } = settings;
  expect(heldBy(reading({ slotLimit: 1 }), unheld)).toBeUndefined();
});

test('a hold of the frontend is undone by its limit', () => {
  expect(holdCommand('frontend', settings)).toBe('set maxconn frontend orders-rw 0');
  expect(limitBefore('frontend', reading())).toBe(77);
  expect(unholdCommands('frontend', 77, settings)).toEqual(['set maxconn frontend orders-rw 77']);
});

test('a queue without a limit before is emptied by a limit that is none', () => {
  expect(holdCommand('queue', settings)).toBe('set maxconn server orders/primary 1');
  expect(unholdCommands('queue', limitBefore('queue', reading()), settings)).toEqual([
    'set maxconn server orders/primary 2147483647',
    'set maxconn server orders/primary 0',
  ]);
  expect(unholdCommands('queue', 66, settings)).toEqual(['set maxconn server orders/primary 66']);
});

test('a limit that nobody remembers is what people say, else what HAProxy gives by itself', () => {
  expect(limitUnknown('frontend', reading({ frontendLimit: 0 }), settings)).toBe(500);
  expect(limitUnknown('queue', reading({ slotLimit: 1 }), settings)).toBe(0);
  expect(limitUnknown('queue', reading({ slotLimit: 1 }), { ...settings, maxconn: 66 })).toBe(66);
});
