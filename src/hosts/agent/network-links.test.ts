import { expect, test } from 'vitest';
import { interfaceFor, placesOf, readLinks } from './network-links.ts';

const links = readLinks(
  JSON.stringify([
    { ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
    {},
    {
      ifname: 'eth1',
      addr_info: [
        { family: 'inet', local: '10.0.1.11', prefixlen: 24 },
        { family: 'inet', local: '10.0.1.50', prefixlen: 24 },
      ],
    },
    {
      ifname: 'eth0',
      addr_info: [
        { family: 'inet', local: '10.0.0.11', prefixlen: 24 },
        { family: 'inet', local: '10.0.1.50', prefixlen: 32 },
      ],
    },
  ]),
);

test('an address is found wherever it lies, however its prefix was asked for', () => {
  expect(placesOf(links, { address: '10.0.1.50/32' })).toEqual([
    { interface: 'eth1', address: '10.0.1.50/24' },
    { interface: 'eth0', address: '10.0.1.50/32' },
  ]);
  expect(placesOf(links, { address: '10.0.1.5/24' })).toEqual([]);
});

test('it comes to the interface that is in its network, or to the one that was named', () => {
  expect(interfaceFor(links, { address: '10.0.0.50/24' })).toBe('eth0');
  expect(interfaceFor(links, { address: '10.0.1.99/24' })).toBe('eth1');
  expect(interfaceFor(links, { address: '192.168.0.1/24' })).toBeUndefined();
  expect(interfaceFor(links, { address: '10.0.0.50/32', interface: 'bond0' })).toBe('bond0');
});
