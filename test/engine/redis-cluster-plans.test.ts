/** Plans for a real Redis Cluster: made, changed and repaired. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { ServerId } from '../../src/core/identity.ts';
import { planJoining } from '../../src/core/shards/add-node.ts';
import type { Planned } from '../../src/core/shards/change-refusal.ts';
import type { ClusterPicture } from '../../src/core/shards/cluster-picture.ts';
import { designCluster, type NewNode } from '../../src/core/shards/create-cluster.ts';
import { pictureCluster } from '../../src/core/shards/picture-cluster.ts';
import { planRebalance } from '../../src/core/shards/rebalance.ts';
import { planLeaving } from '../../src/core/shards/remove-node.ts';
import { countSlots, listSlots, parseSlots } from '../../src/core/shards/slots.ts';
import { type ClusterNodes, readViews } from '../../src/engines/redis-cluster/cluster-nodes.ts';
import {
  type ClusterStep,
  createSteps,
  joinSteps,
  leaveSteps,
  placementSteps,
  transferSteps,
} from '../../src/engines/redis-cluster/cluster-steps.ts';
import { fixCluster } from '../../src/engines/redis-cluster/fix-cluster.ts';
import { type RunOptions, runClusterPlan } from '../../src/engines/redis-cluster/run-cluster-plan.ts';
import { call } from '../kit/call.ts';
import { tagOfSlot } from '../kit/redis/key-slot.ts';
import { type ClusterScene, startClusterScene, startEmptyNodes } from './redis-cluster-scene.ts';

const newNode = (id: ServerId): NewNode => ({ id, name: id, clusterEnabled: true, knownNodes: 1, keys: 0 });

function planOf<T>(planned: Planned<T>): T {
  if (!planned.ok) throw new Error(planned.refusals.map(({ fact }) => fact).join('; '));
  return planned.plan;
}

const run = (steps: readonly ClusterStep[], nodes: ClusterNodes, options: RunOptions = {}) =>
  runClusterPlan(steps, options, { nodes, clock: systemClock }, call(50_000));

const pictureOf = async (nodes: ClusterNodes): Promise<ClusterPicture> =>
  pictureCluster((await readViews(nodes, call())).views);

const fix = (nodes: ClusterNodes, more: { readonly withoutUnreachable?: boolean } = {}) =>
  fixCluster(more, { nodes, clock: systemClock }, call(50_000));

/** No plan is left half done, and nobody disagrees. */
function expectHealthy(picture: ClusterPicture): void {
  expect([picture.unassigned, picture.open, picture.disagreements, picture.down]).toEqual([[], [], [], []]);
}

describe('a cluster', () => {
  test('is made of empty nodes, by a run that is ended before and after each step and resumed', async () => {
    await using empty = await startEmptyNodes(6);
    const design = planOf(designCluster({ nodes: empty.ids.map(newNode), replicasPerPrimary: 1 }));
    const steps = createSteps(design);
    let from = 0;
    let ended = 0;
    // Ended once after a step was done and before that was written down, and once as soon as it was begun.
    for (const phase of ['done', 'begun'] as const) {
      for (const stop of steps.keys()) {
        const note: RunOptions['note'] = (noted) => {
          if (noted.at === stop && noted.phase === phase) throw new Error('ended');
          if (noted.phase === 'done') from = noted.at + 1;
        };
        await expect(run(steps, empty.nodes, { from: Math.min(from, stop), note })).rejects.toThrow('ended');
        ended += 1;
      }
    }
    expect(await run(steps, empty.nodes, { from: 0 })).toEqual({ ok: true });
    expect(ended).toBe(2 * steps.length);
    const picture = await pictureOf(empty.nodes);
    expectHealthy(picture);
    expect(picture.shards.map(({ replicas }) => replicas.length)).toEqual([1, 1, 1]);
    expect(picture.shards.map(({ primary }) => primary)).toEqual(design.shards.map(({ primary }) => primary));
  });

  test('gets nodes, gives them slots, and lets them go', async () => {
    await using scene = await startClusterScene({
      primaries: 3,
      replicasEach: 1,
      migration: false,
      nodeTimeoutMs: 5_000,
    });
    await using empty = await startEmptyNodes(2, 20);
    const nodes = new Map([...scene.nodes, ...empty.nodes]);
    const [primary, replica] = empty.ids;
    if (primary === undefined || replica === undefined) throw new Error('two nodes');
    const library = "#!lua name=lib\nredis.register_function('f', function() return 7 end)";
    for (const name of ['db1', 'db2', 'db3']) {
      await scene.link(name).call(['FUNCTION', 'LOAD', library], call());
    }
    for (const slot of [0, 6_000, 12_000]) {
      const owner = await scene.cluster.ownerOf(slot);
      for (let n = 0; n < 50; n++) await owner.command('SET', `${tagOfSlot(slot)}${n}`, 'v');
    }
    const placements = new Map();
    const without = (id: ServerId) => new Map([...nodes].filter(([other]) => other !== id));
    const join = async (
      members: ClusterNodes,
      id: ServerId,
      as: 'primary' | { readonly replicaOf: ServerId },
    ) => {
      const picture = await pictureOf(members);
      const joining = planOf(planJoining({ picture, node: newNode(id), as, placements }));
      expect(await run(joinSteps(joining, [...members.keys()]), nodes)).toEqual({ ok: true });
    };

    await join(scene.nodes, primary, 'primary');
    expect(JSON.stringify(await nodes.get(primary)?.call(['FUNCTION', 'LIST'], call()))).toContain('lib');
    await join(without(replica), replica, { replicaOf: primary });
    const grown = await pictureOf(nodes);
    expectHealthy(grown);
    expect(grown.shards.find((shard) => shard.primary === primary)?.replicas).toEqual([replica]);

    const rebalance = planOf(planRebalance({ picture: grown, useEmpty: true }));
    expect(await run(transferSteps(rebalance.transfers, [...nodes.keys()]), nodes)).toEqual({ ok: true });
    const balanced = await pictureOf(nodes);
    expect(balanced.shards.map(({ slots }) => countSlots(slots))).toEqual([4096, 4096, 4096, 4096]);

    const leaving = planOf(planLeaving({ picture: balanced, node: primary, drain: true, placements }));
    expect(await run(leaveSteps(leaving, primary), nodes)).toEqual({ ok: true });
    const left = await pictureOf(without(primary));
    expectHealthy(left);
    expect(left.nodes.map((node) => node.id)).not.toContain(primary);
    expect(left.shards.map(({ replicas }) => replicas.length).toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
    expect((await nodes.get(primary)?.view(call()))?.nodes).toHaveLength(1);

    const last = await nodes.get(replica)?.view(call());
    const from = last?.nodes.find((node) => node.id === replica)?.sourceId;
    const to = left.shards.find((shard) => shard.primary !== from)?.primary;
    if (from === undefined || to === undefined) throw new Error('two shards');
    const moves = placementSteps(
      [{ replica, from, to, because: 'orphaned-primary' }],
      [...without(primary).keys()],
    );
    expect(await run(moves, nodes)).toEqual({ ok: true });
    const moved = await pictureOf(without(primary));
    expect(moved.shards.find((shard) => shard.primary === to)?.replicas).toContain(replica);

    for (const slot of [0, 6_000, 12_000]) {
      const owner = await scene.cluster.ownerOf(slot);
      expect(await owner.command('CLUSTER', 'COUNTKEYSINSLOT', slot)).toBe(50);
    }
  });
});

/** The half-done moves of slot 0 from db1 to db2 that Redis' own test 20-half-migrated-slot has, and some more. */
const halves: readonly (readonly [string, (scene: ClusterScene) => Promise<void>])[] = [
  ['the target imports', (scene) => importing(scene)],
  ['the source migrates', (scene) => migrating(scene)],
  [
    'both are open',
    async (scene) => {
      await importing(scene);
      await migrating(scene);
    },
  ],
  [
    'the key has gone, the target does not own it yet',
    async (scene) => {
      await importing(scene);
      await migrating(scene);
      await sent(scene);
    },
  ],
  [
    'the key has gone, the source does not migrate any more',
    async (scene) => {
      await importing(scene);
      await migrating(scene);
      await sent(scene);
      await scene.link('db1').setSlotStable(0, call());
    },
  ],
  [
    'the target owns it, the source does not know',
    async (scene) => {
      await importing(scene);
      await migrating(scene);
      await sent(scene);
      await scene.link('db2').setSlotNode(0, scene.id('db2'), call());
    },
  ],
  [
    'the key has gone, and neither says so',
    async (scene) => {
      await importing(scene);
      await migrating(scene);
      await sent(scene);
      await scene.link('db2').setSlotStable(0, call());
    },
  ],
];

const key = `${tagOfSlot(0)}half`;
const importing = (scene: ClusterScene) => scene.link('db2').setSlotImporting(0, scene.id('db1'), call());
const migrating = (scene: ClusterScene) => scene.link('db1').setSlotMigrating(0, scene.id('db2'), call());
const sent = async (scene: ClusterScene): Promise<void> => {
  const { host, port } = scene.server('db2').address;
  await scene.server('db1').command('MIGRATE', host, port, key, 0, 1_000);
};

describe('fix', () => {
  test('repairs a slot that was left half-way, and its key is not lost', async () => {
    await using scene = await startClusterScene({ primaries: 3, replicasEach: 0, nodeTimeoutMs: 15_000 });
    for (const [what, leave] of halves) {
      await scene.server('db1').command('SET', key, what);
      await leave(scene);
      expect(await fix(scene.nodes), what).toMatchObject({ ok: true });
      await scene.cluster.agreed();
      expectHealthy(await pictureOf(scene.nodes));
      const owner = await scene.cluster.ownerOf(0);
      expect(await owner.command('GET', key), what).toBe(what);
      // Back to where the next one begins.
      await owner.command('DEL', key);
      if (owner === scene.server('db1')) continue;
      const back = [{ from: scene.id('db2'), to: scene.id('db1'), slots: [0] }];
      expect(await run(transferSteps(back, [...scene.nodes.keys()]), scene.nodes)).toEqual({ ok: true });
      await scene.cluster.agreed();
    }
  });

  test('gives the slots of a dead shard to others, only when told that what it had may be lost', async () => {
    await using scene = await startClusterScene({ primaries: 4, replicasEach: 0, nodeTimeoutMs: 1_000 });
    await scene.server('db4').kill();
    expect(await fix(scene.nodes)).toMatchObject({ ok: false, refusals: [{ code: 'node-unreachable' }] });
    const fixed = await fix(scene.nodes, { withoutUnreachable: true });
    expect(fixed).toMatchObject({ ok: true });
    await scene.cluster.agreed();
    const picture = await pictureOf(new Map([...scene.nodes].filter(([id]) => id !== scene.id('db4'))));
    expectHealthy(picture);
    const owned = picture.shards.filter(({ slots }) => slots.length > 0);
    expect(owned.map(({ slots }) => countSlots(slots)).toSorted((a, b) => a - b)).toEqual([5461, 5461, 5462]);
  });

  test('gives slots that belong to nobody to those who have keys of them', async () => {
    await using scene = await startClusterScene({ primaries: 3, replicasEach: 0, nodeTimeoutMs: 15_000 });
    const lost = parseSlots('0-9') ?? [];
    await scene.server('db1').command('SET', key, 'kept');
    for (const node of scene.nodes.values()) await node.delSlots(lost, call());
    expect(await fix(scene.nodes)).toMatchObject({ ok: true });
    await scene.cluster.agreed();
    expectHealthy(await pictureOf(scene.nodes));
    expect(listSlots(lost)).toHaveLength(10);
    expect((await scene.cluster.ownerOf(0)).name).toBe('db1');
    expect(await scene.server('db1').command('GET', key)).toBe('kept');
  });
});
