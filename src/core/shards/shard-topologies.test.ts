import { expect, test } from 'vitest';
import { serverId } from '../identity.ts';
import { cluster } from '../testing/cluster-builder.ts';
import { shardTopologies, shardTopologyOf } from './shard-topologies.ts';

const three = cluster('cache', 'redis-cluster')
  .primary('a')
  .primary('b')
  .primary('c')
  .replica('a1', { source: 'a' })
  .replica('a2', { source: 'a1' })
  .replica('b1', { source: 'b' })
  .topology();

test('each primary has those below it, to any depth, and keeps what the whole is', () => {
  const parts = shardTopologies(three);
  expect([...parts].map(([id, { nodes }]) => [id, nodes.map(({ name }) => name)])).toEqual([
    ['a', ['a', 'a1', 'a2']],
    ['b', ['b', 'b1']],
    ['c', ['c']],
  ]);
  expect(parts.get(serverId('b'))).toMatchObject({ cluster: 'cache', engine: 'redis-cluster' });
});

test('a server belongs to one of them', () => {
  expect(shardTopologyOf(three, serverId('a2'))?.nodes[0]?.name).toBe('a');
  expect(shardTopologyOf(three, serverId('c'))?.nodes).toHaveLength(1);
  expect(shardTopologyOf(three, serverId('nobody'))).toBeUndefined();
});
