/** What a node of a real Redis or Valkey cluster says, and what can be done to it. */
import { describe, expect, test } from 'vitest';
import { serverId } from '../../src/core/identity.ts';
import { pictureCluster } from '../../src/core/shards/picture-cluster.ts';
import { formatSlots, parseSlots } from '../../src/core/shards/slots.ts';
import { readViews } from '../../src/engines/redis-cluster/cluster-nodes.ts';
import { call } from '../kit/call.ts';
import { SOON, until } from '../kit/deadline.ts';
import { redisFlavours } from '../kit/redis/redis-flavours.ts';
import { startClusterScene, startEmptyNodes } from './redis-cluster-scene.ts';

const slots = (text: string) => parseSlots(text) ?? [];

test.for(redisFlavours)('the views of a cluster of $name make one picture', async (flavour, context) => {
  if (flavour.unavailable !== undefined) return context.skip(flavour.unavailable);
  await using scene = await startClusterScene({ flavour });
  await scene.link('db1').setSlotMigrating(7, scene.id('db2'), call());
  await scene.link('db2').setSlotImporting(7, scene.id('db1'), call());
  const { views, silent } = await readViews(scene.nodes, call());
  expect(silent.size).toBe(0);
  const picture = pictureCluster(views);
  expect(picture.shards.map((shard) => [scene.name(shard.primary), shard.replicas.map(scene.name)])).toEqual([
    ['db1', ['db4']],
    ['db2', ['db5']],
    ['db3', ['db6']],
  ]);
  expect(picture.shards.map((shard) => formatSlots(shard.slots))).toEqual([
    '0-5460',
    '5461-10921',
    '10922-16383',
  ]);
  expect(picture.disagreements).toEqual([]);
  expect(picture.unassigned).toEqual([]);
  expect(picture.down).toEqual([]);
  expect(picture.open.map(({ slot }) => slot)).toEqual([7]);
  for (const server of scene.cluster.servers) {
    const node = picture.nodes.find(({ id }) => id === scene.id(server.name));
    expect(node).toMatchObject({
      address: server.address,
      busPort: server.busPort,
      health: 'ok',
      asked: true,
    });
  }
  const facts = await scene.link('db4').facts(call());
  expect(facts).toMatchObject({ role: 'replica', replication: 'up', nodeTimeoutMs: 2_000 });
  expect(facts.server.flavour).toBe(flavour.product);
  expect(`${facts.server.version.major}.${facts.server.version.minor}`).toBe(flavour.version);
});

describe('what is done to a node', () => {
  test('may be done twice', async () => {
    await using empty = await startEmptyNodes(2);
    const [a, b] = empty.ids;
    const [first, second] = empty.nodes.values();
    if (a === undefined || b === undefined || first === undefined || second === undefined) {
      throw new Error('two nodes');
    }
    const own = async () => {
      const { nodes } = await first.view(call());
      return nodes.find(({ id }) => id === a);
    };
    for (const _ of [1, 2]) {
      await first.setConfigEpoch(3, call());
      await first.addSlots(slots('0-9 20 30-16383'), call());
    }
    expect(formatSlots((await own())?.slots ?? [])).toBe('0-9 20 30-16383');
    for (const _ of [1, 2]) await first.delSlots(slots('5-25'), call());
    expect(formatSlots((await own())?.slots ?? [])).toBe('0-4 30-16383');
    await expect(second.addSlots(slots('0'), call())).resolves.toBeUndefined();
    for (const _ of [1, 2]) await second.flushSlots(call());
    expect(await own()).toMatchObject({ configEpoch: 3 });

    for (const _ of [1, 2]) await first.meet(second.address, empty.servers[1]?.busPort, call());
    await until('both to have met', SOON, async () => {
      const views = await Promise.all([first, second].map((node) => node.view(call())));
      return views.every(
        (view) => view.nodes.filter(({ flags }) => !flags.includes('handshake')).length === 2,
      );
    });
    for (const _ of [1, 2]) await second.replicate(a, call());
    await until('its copy', SOON, async () => (await second.replication(call())).replication === 'up');
    expect((await second.facts(call())).role).toBe('replica');
    for (const _ of [1, 2]) {
      await first.setSlotMigrating(0, serverId(b), call()).catch(() => undefined);
      await first.setSlotStable(0, call());
      await first.configSet({ 'cluster-node-timeout': 7_000, 'cluster-migration-barrier': 2 }, call());
      expect(await first.configRewrite(call())).toBe(true);
      await first.saveConfig(call());
    }
    expect((await first.facts(call())).nodeTimeoutMs).toBe(7_000);
    expect(await first.bumpEpoch(call())).toBe(await first.bumpEpoch(call()));
    expect(await first.countKeysInSlots([0, 1], call())).toEqual([0, 0]);
    for (const _ of [1, 2]) await second.reset('soft', call());
    for (const _ of [1, 2]) await first.forget(b, call());
    expect((await first.view(call())).nodes).toHaveLength(1);
  });

  test('that the server refuses is told in its words', async () => {
    await using scene = await startClusterScene({ replicasEach: 0 });
    await expect(scene.link('db1').addSlots(slots('16383'), call())).rejects.toThrow(/already busy/);
    await expect(scene.link('db1').failover('default', call())).rejects.toThrow(/replica/);
  });
});
