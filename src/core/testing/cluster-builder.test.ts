import { describe, expect, test } from 'vitest';
import { serverId } from '../identity.ts';
import { nodeById } from '../topology.ts';
import { cluster, nodeNamed } from './cluster-builder.ts';

describe('the cluster builder', () => {
  const base = cluster('orders').primary('db1').replica('db2');

  test('gives a healthy primary and replica for two words', () => {
    const topology = base.topology();
    expect(nodeNamed(topology, 'db1')).toMatchObject({ role: 'primary', seen: { writeMode: 'writable' } });
    expect(nodeById(topology, serverId('db2'))).toMatchObject({
      role: 'replica',
      source: 'db1',
      seen: { writeMode: 'read-only' },
      behind: { count: 0 },
    });
  });

  test('leaves a shared base as it was', () => {
    base.with('db2', { lagSeconds: 90 }).replica('db3');
    expect(base.topology().nodes.map((node) => [node.name, node.channel?.lagSeconds])).toEqual([
      ['db1', undefined],
      ['db2', 0],
    ]);
    expect(base.without('db2').topology().nodes.length).toBe(1);
  });

  test('an error stops its thread', () => {
    const broken = base.with('db2', { applierError: { code: 1062, message: 'duplicate' } });
    expect(nodeNamed(broken.topology(), 'db2').channel).toMatchObject({
      applier: 'stopped',
      receiver: 'running',
      lagSeconds: null,
    });
  });

  test('gives a policy for the same servers', () => {
    const policy = base.policy({ lagFindingMs: 500, switchover: { graceMs: 1 } });
    expect(policy.servers.map((server) => server.name)).toEqual(['db1', 'db2']);
    expect(policy).toMatchObject({
      name: 'orders',
      lagFindingMs: 500,
      switchover: { graceMs: 1, stepMs: 5000 },
    });
  });

  test('says what is amiss with a test that names no primary or no such server', () => {
    expect(() => cluster().replica('db1').topology()).toThrow('name the primary first');
    expect(() => base.replica('db3', { source: 'no such server' }).topology()).toThrow('no such server');
    expect(() => nodeNamed(base.topology(), 'db9')).toThrow('orders has no server db9');
  });
});
