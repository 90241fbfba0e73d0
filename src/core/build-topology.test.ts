import { describe, expect, test } from 'vitest';
import { buildTopology } from './build-topology.ts';
import { serverId } from './identity.ts';
import { cluster, nodeNamed, testTime } from './testing/cluster-builder.ts';
import { countedPositions } from './testing/counted-positions.ts';
import type { ServerTraits } from './testing/server-traits.ts';
import type { Topology } from './topology.ts';

const names = (topology: Topology): readonly string[] => topology.nodes.map((node) => node.name);

describe('roles and places', () => {
  test('a primary, its replicas and theirs', () => {
    const topology = cluster()
      .primary('db1')
      .replica('db2')
      .replica('db3')
      .replica('db4', { source: 'db2' })
      .topology();
    expect(topology.nodes.map(({ name, role, depth, source }) => [name, role, depth, source])).toEqual([
      ['db1', 'primary', 0, undefined],
      ['db2', 'replica', 1, 'db1'],
      ['db4', 'replica', 2, 'db2'],
      ['db3', 'replica', 1, 'db1'],
    ]);
    expect(nodeNamed(topology, 'db1').replicas).toEqual(['db2', 'db3']);
  });

  test('siblings come by name, numbers by their value', () => {
    const topology = cluster().primary('db1').replica('db10').replica('db9').topology();
    expect(names(topology)).toEqual(['db1', 'db9', 'db10']);
  });

  test('a server that nobody ever saw is unknown and comes last, before what follows it', () => {
    const topology = cluster()
      .neverSeen('a')
      .primary('db1')
      .replica('db2', { source: 'a' })
      .neverSeen('b')
      .topology();
    expect(topology.nodes.map(({ name, role, depth }) => [name, role, depth])).toEqual([
      ['db1', 'primary', 0],
      ['a', 'unknown', 0],
      ['db2', 'replica', 1],
      ['b', 'unknown', 0],
    ]);
  });

  test('a server beside the tree is a second primary', () => {
    const topology = cluster().primary('db1').replica('db2').primary('db3').topology();
    expect(nodeNamed(topology, 'db3')).toMatchObject({ role: 'primary', depth: 0, replicas: [] });
  });

  test('one that fell silent keeps its place', () => {
    const topology = cluster().primary('db1', { unreachable: 'timed-out' }).replica('db2').topology();
    expect(nodeNamed(topology, 'db1')).toMatchObject({
      role: 'primary',
      reachable: false,
      replicas: ['db2'],
    });
  });

  test('the top of a cluster that follows an outside server is its primary and keeps the channel', () => {
    const topology = cluster().primary('db1', { source: '192.0.2.1:3306' }).replica('db2').topology();
    const top = nodeNamed(topology, 'db1');
    expect(top).toMatchObject({ role: 'primary', depth: 0, channel: { source: { host: '192.0.2.1' } } });
    expect(top.source).toBeUndefined();
  });

  test('of several sources the member makes the tree', () => {
    const topology = cluster()
      .primary('db1')
      .replica('db2', { source: '192.0.2.1:3306', extraSources: ['db1'] })
      .topology();
    expect(nodeNamed(topology, 'db2')).toMatchObject({ source: 'db1', channel: { name: 'extra-1' } });
  });
});

describe('rings', () => {
  test('two servers that follow each other are co-primaries, also while one of them is stopped', () => {
    const topology = cluster()
      .primary('a', { source: 'b', receiver: 'stopped', applier: 'stopped' })
      .replica('b', { source: 'a' })
      .replica('c', { source: 'b' })
      .topology();
    expect(topology.nodes.map(({ name, role, depth }) => [name, role, depth])).toEqual([
      ['a', 'co-primary', 0],
      ['b', 'co-primary', 0],
      ['c', 'replica', 1],
    ]);
  });

  test('a ring of three, with a tail', () => {
    const topology = cluster()
      .primary('a', { source: 'c' })
      .replica('b', { source: 'a' })
      .replica('c', { source: 'b' })
      .replica('d', { source: 'b' })
      .replica('e', { source: 'd' })
      .topology();
    expect(topology.nodes.map(({ name, role, depth }) => [name, role, depth])).toEqual([
      ['a', 'co-primary', 0],
      ['b', 'co-primary', 0],
      ['d', 'replica', 1],
      ['e', 'replica', 2],
      ['c', 'co-primary', 0],
    ]);
  });

  test('members of a ring are measured by the one that takes writes', () => {
    const topology = cluster()
      .primary('a', { source: 'b' })
      .replica('b', { source: 'a', behind: 4 })
      .replica('c', { source: 'b', behind: 6 })
      .topology();
    expect(nodeNamed(topology, 'a').behind).toBeUndefined();
    expect(nodeNamed(topology, 'b').behind).toEqual({ count: 4, text: 'a:97-100' });
    expect(nodeNamed(topology, 'c').behind?.count).toBe(6);
  });

  test('where two take writes neither is measured, and a replica is by the one it descends from', () => {
    const topology = cluster()
      .primary('a', { source: 'b' })
      .coPrimary('b', { source: 'a', behind: 4 })
      .replica('c', { source: 'b', behind: 6 })
      .topology();
    expect(nodeNamed(topology, 'a').behind).toBeUndefined();
    expect(nodeNamed(topology, 'b').behind).toBeUndefined();
    expect(nodeNamed(topology, 'c').behind).toEqual({ count: 2, text: 'a:95-96' });
  });
});

describe('distance from the primary', () => {
  test('what a replica lacks is counted against the primary, not its direct source', () => {
    const topology = cluster()
      .primary('db1')
      .replica('db2', { behind: 5 })
      .replica('db3', { source: 'db2', behind: 12 })
      .topology();
    expect(nodeNamed(topology, 'db1').behind).toBeUndefined();
    expect(nodeNamed(topology, 'db2').behind).toEqual({ count: 5, text: 'db1:96-100' });
    expect(nodeNamed(topology, 'db3').behind).toEqual({ count: 12, text: 'db1:89-100' });
  });

  test('a replica in step says so with an empty gap', () => {
    const topology = cluster().primary('db1').replica('db2').topology();
    expect(nodeNamed(topology, 'db2').behind).toEqual({ count: 0, text: '' });
    expect(nodeNamed(topology, 'db2').errant).toBeUndefined();
  });

  test('nothing is measured by a primary that was never seen', () => {
    const node = nodeNamed(cluster().neverSeen('db1').replica('db2', { errant: 1 }).topology(), 'db2');
    expect([node.behind, node.errant]).toEqual([undefined, undefined]);
  });

  test('stray transactions are told', () => {
    const topology = cluster().primary('db1').replica('db2', { errant: 3 }).topology();
    expect(nodeNamed(topology, 'db2').errant).toEqual({ count: 3, text: 'db2:1-3' });
  });

  test('what a second source brings is not errant, neither there nor below', () => {
    const topology = cluster()
      .primary('db1')
      .replica('db2', { errant: 3, extraSources: ['192.0.2.1:3306'] })
      .replica('db3', { source: 'db2', errant: 2 })
      .replica('db4', { errant: 1 })
      .topology();
    expect(nodeNamed(topology, 'db2').errant).toBeUndefined();
    expect(nodeNamed(topology, 'db3').errant).toBeUndefined();
    expect(nodeNamed(topology, 'db4').errant?.count).toBe(1);
  });

  test('a second source within the same tree brings nothing foreign, one beside it does', () => {
    const base = cluster().primary('db1').replica('db2').primary('db9');
    const inside = base.replica('db3', { errant: 1, extraSources: ['db2'] }).topology();
    const beside = base.replica('db3', { errant: 1, extraSources: ['db9'] }).topology();
    expect(nodeNamed(inside, 'db3').errant?.count).toBe(1);
    expect(nodeNamed(beside, 'db3').errant).toBeUndefined();
  });

  test('only a look at the replica that is no younger than the one at its primary proves anything', () => {
    const base = cluster().primary('db1', { seenMsAgo: 500 });
    const errantOf = (traits: ServerTraits): number | undefined =>
      nodeNamed(base.replica('db2', traits).topology(), 'db2').errant?.count;
    expect(errantOf({ errant: 3, seenMsAgo: 500 })).toBe(3);
    expect(errantOf({ errant: 3, seenMsAgo: 499 })).toBeUndefined();
    expect(errantOf({ errant: 3, seenMsAgo: 0, previous: { errant: 2, seenMsAgo: 1_000 } })).toBe(2);
  });

  test('a gap that the engine can name but not count is kept', () => {
    const surplus = { count: 0, text: 'some' };
    const topology = buildTopology({
      cluster: cluster().topology().cluster,
      engine: 'mariadb',
      at: testTime,
      positions: countedPositions,
      errant: () => surplus,
      servers: cluster().primary('db1').replica('db2').facts(),
    });
    expect(nodeNamed(topology, 'db2').errant).toEqual(surplus);
  });

  test('the engine is asked with the replica and its primary, and an empty answer is none', () => {
    const asked: (readonly string[])[] = [];
    const topology = buildTopology({
      cluster: cluster().topology().cluster,
      engine: 'mariadb',
      at: testTime,
      positions: countedPositions,
      errant: (replica, primary) => {
        asked.push([replica.server, primary.server]);
        return { count: 0, text: '' };
      },
      servers: cluster().primary('db1').replica('db2').replica('db3').neverSeen('db4').facts(),
    });
    expect(asked).toEqual([
      ['db2', 'db1'],
      ['db3', 'db1'],
    ]);
    expect('errant' in nodeNamed(topology, 'db2')).toBe(false);
  });
});

describe('settings', () => {
  test('downtime holds until its end, not at it', () => {
    const downtime = (until: number) => ({ until, owner: 'marc', reason: 'disk' });
    const topology = cluster()
      .primary('db1', { downtime: downtime(testTime) })
      .replica('db2', { downtime: downtime(testTime + 1) })
      .topology();
    expect(topology.nodes.map((node) => node.downtimed)).toEqual([false, true]);
  });

  test('facts are carried over as they are', () => {
    const [facts] = cluster()
      .primary('db1', { aliases: [{ host: 'db1.test', port: 3306 }] })
      .facts();
    const topology = cluster()
      .primary('db1', { aliases: [{ host: 'db1.test', port: 3306 }] })
      .topology();
    expect(topology).toMatchObject({ cluster: 'orders', engine: 'mariadb', at: testTime });
    expect(topology.nodes[0]).toMatchObject({ ...facts, id: serverId('db1') });
  });
});
