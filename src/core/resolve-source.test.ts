import { describe, expect, test } from 'vitest';
import { type Address, serverId } from './identity.ts';
import type { ReplicationChannel } from './observation.ts';
import { findSource, resolveUpstream } from './resolve-source.ts';
import type { ServerFacts } from './server-facts.ts';
import { cluster } from './testing/cluster-builder.ts';
import type { ServerTraits } from './testing/server-traits.ts';

const address = (host: string): Address => ({ host, port: 3306 });

/** db3's source among db1 and db2, given how db3 tells of it. */
function sourceOf(
  told: Partial<ReplicationChannel>,
  db1: ServerTraits = {},
  db2: ServerTraits = {},
): string | undefined {
  const members = cluster('orders', 'mysql')
    .primary('db1', db1)
    .primary('db2', db2)
    .replica('db3', { source: '192.0.2.1:3306', channel: told })
    .facts();
  const replica = members[2] as ServerFacts;
  return findSource(replica.seen?.channels[0] as ReplicationChannel, replica, members)?.id;
}

describe('a channel comes from the member', () => {
  test('whose UUID it tells, whatever the address', () => {
    expect(sourceOf({ sourceUuid: 'DB2', source: address('10.0.0.1') })).toBe('db2');
  });

  test('whose id is the UUID it tells, though the member was never seen', () => {
    expect(sourceOf({ sourceUuid: 'db1' }, { neverSeen: true })).toBe('db1');
  });

  test('that was reached by its address', () => {
    expect(sourceOf({ source: address('10.0.0.2') })).toBe('db2');
  });

  test('that is configured under its address', () => {
    expect(
      sourceOf({ source: address('db2.test') }, {}, { settings: { address: address('db2.test') } }),
    ).toBe('db2');
  });

  test('that announces its address, in whatever case', () => {
    expect(sourceOf({ source: address('DB2.test') }, {}, { seen: { announced: address('db2.test') } })).toBe(
      'db2',
    );
  });

  test('that has its address as an alias', () => {
    expect(sourceOf({ source: address('db2.test') }, {}, { aliases: [address('db2.test')] })).toBe('db2');
  });

  test('reached by the address rather than the one that only has it as an alias', () => {
    expect(sourceOf({ source: address('10.0.0.2') }, { aliases: [address('10.0.0.2')] })).toBe('db2');
  });
});

describe('a channel comes from no member', () => {
  test('when nothing fits', () => {
    expect(sourceOf({ source: address('192.0.2.7') })).toBeUndefined();
  });

  test('when the port is another one', () => {
    expect(sourceOf({ source: { host: '10.0.0.1', port: 3307 } })).toBeUndefined();
  });

  test('when it runs from a server of another UUID at an address that is ours only from here', () => {
    const told = { source: address('127.0.0.1'), sourceUuid: 'elsewhere' };
    expect(sourceOf(told, { address: address('127.0.0.1') })).toBeUndefined();
  });

  test('when the address is that of the replica itself', () => {
    expect(sourceOf({ source: address('10.0.0.3') })).toBeUndefined();
  });
});

test('a UUID remembered from a source that was replaced does not hide the address', () => {
  expect(sourceOf({ source: address('10.0.0.1'), sourceUuid: 'long-gone', receiver: 'connecting' })).toBe(
    'db1',
  );
});

test('of two members that are sources the first channel by name makes the tree', () => {
  const members = cluster()
    .primary('db1')
    .primary('db2')
    .replica('db3', { source: 'db2', extraSources: ['db1'], channel: { name: 'main' } })
    .facts();
  const upstream = resolveUpstream(members[2] as ServerFacts, members);
  expect(upstream?.source?.id).toBe(serverId('db1'));
  expect(upstream?.channel.name).toBe('extra-1');
});
