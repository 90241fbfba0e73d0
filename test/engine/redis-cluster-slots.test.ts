/** Slots of a real Redis Cluster go from one primary to another while clients write. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { movesOf, type SlotMove } from '../../src/core/shards/slot-action.ts';
import type { ClusterNodes } from '../../src/engines/redis-cluster/cluster-nodes.ts';
import { fixCluster } from '../../src/engines/redis-cluster/fix-cluster.ts';
import { moveSlots, type SlotMoveOptions } from '../../src/engines/redis-cluster/move-slots.ts';
import { call } from '../kit/call.ts';
import { SOON, until } from '../kit/deadline.ts';
import { tagOfSlot } from '../kit/redis/key-slot.ts';
import { redisFlavours } from '../kit/redis/redis-flavours.ts';
import { awaitSameOffset } from '../kit/redis/replication.ts';
import { type ClusterScene, linkNodes, startClusterScene, startWriters } from './redis-cluster-scene.ts';

const slots = Array.from({ length: 24 }, (_, slot) => slot);
const tags = slots.map(tagOfSlot);
const primariesOnly = { primaries: 3, replicasEach: 0, nodeTimeoutMs: 15_000 } as const;

const fromTo = (scene: ClusterScene, from: string, to: string, some = slots): readonly SlotMove[] =>
  movesOf([{ from: scene.id(from), to: scene.id(to), slots: some }]);

interface Given {
  readonly nodes?: ClusterNodes;
  readonly signal?: AbortSignal;
}

const move = (
  scene: ClusterScene,
  moves: readonly SlotMove[],
  options: SlotMoveOptions = {},
  { nodes = scene.nodes, signal = new AbortController().signal }: Given = {},
) => moveSlots(moves, options, { nodes, clock: systemClock }, call(30_000, signal));

/** As every node says; and nothing is left open. */
async function expectOwner(scene: ClusterScene, owner: string): Promise<void> {
  await scene.cluster.agreed();
  for (const server of scene.cluster.servers) {
    const view = await scene.view(server.name);
    expect(view.nodes.flatMap((node) => [...node.migrating, ...node.importing])).toEqual([]);
    for (const slot of slots) expect((await scene.cluster.ownerOf(slot, server)).name).toBe(owner);
  }
}

async function fill(scene: ClusterScene, keysEach: number): Promise<void> {
  const link = scene.link('db1');
  for (const tag of tags) {
    const sets = Array.from({ length: keysEach }, (_, n) => ['SET', `${tag}k:${n}`, `${n}`] as const);
    await link.send('fill', sets, call());
  }
}

const keysAt = async (scene: ClusterScene, name: string): Promise<number> =>
  (await scene.link(name).countKeysInSlots(slots, call())).reduce((a, b) => a + b, 0);

describe('slots', () => {
  test.for(redisFlavours)(
    'of $name go with all their keys under a writing client, which sees no error',
    async (flavour, context) => {
      if (flavour.unavailable !== undefined) return context.skip(flavour.unavailable);
      await using scene = await startClusterScene({ replicasEach: 1, nodeTimeoutMs: 5_000, flavour });
      await fill(scene, 300);
      await using writers = await startWriters(scene, (n) => tags[n % tags.length] ?? '');
      await until('some writes', SOON, async () => writers.count > 200);

      const seen: number[] = [];
      const progress = ({ slotsDone }: { readonly slotsDone: number }): void => void seen.push(slotsDone);
      const moved = await move(scene, fromTo(scene, 'db1', 'db2'), { progress });
      expect(moved).toMatchObject({ ok: true, slots: 24, slotsDone: 24 });
      expect(moved.keysMoved).toBeGreaterThanOrEqual(24 * 300);
      expect(seen.at(-1)).toBe(24);

      await writers.stop();
      expect(writers.errors).toEqual([]);
      expect(await writers.lost()).toEqual([]);
      await expectOwner(scene, 'db2');
      expect(await keysAt(scene, 'db1')).toBe(0);
      expect(await keysAt(scene, 'db2')).toBe(24 * 300 + writers.count);
    },
  );

  test('whose mover is killed anywhere are resumed by another, and nothing is lost', async () => {
    await using scene = await startClusterScene(primariesOnly);
    await fill(scene, 100);
    await using writers = await startWriters(scene, (n) => tags[n % tags.length] ?? '');
    let killed = 0;
    for (const [round, [from, to]] of [['db1', 'db2'] as const, ['db2', 'db3'] as const].entries()) {
      for (let calls = 1; ; calls += 4 + round) {
        await using others = await linkNodes(scene.cluster.servers);
        const killer = new AbortController();
        // Slow enough to be hit in every kind of step.
        let left = calls;
        const options: SlotMoveOptions = { keysPerCall: 40, slotsAtOnce: 3 };
        const progress = (): void => {
          left -= 1;
          if (left <= 0) killer.abort(new Error('killed'));
        };
        const given = { nodes: others.nodes, signal: killer.signal };
        const done = await move(scene, fromTo(scene, from, to), { ...options, progress }, given).catch(
          () => undefined,
        );
        if (done?.ok === true && !killer.signal.aborted) break;
        killed += 1;
      }
      await move(scene, fromTo(scene, from, to));
      await expectOwner(scene, to);
    }
    expect(killed).toBeGreaterThan(5);
    await writers.stop();
    expect(writers.errors).toEqual([]);
    expect(await writers.lost()).toEqual([]);
    expect(await keysAt(scene, 'db3')).toBe(24 * 100 + writers.count);
  });

  test.each(['db1', 'db2'])('go on when %s, an end of the move, was killed and is back', async (victim) => {
    await using scene = await startClusterScene({ ...primariesOnly, config: ['appendonly yes'] });
    await fill(scene, 200);
    let calls = 0;
    const options: SlotMoveOptions = {
      keysPerCall: 50,
      slotsAtOnce: 4,
      progress: () => {
        calls += 1;
        if (calls === 25) void scene.server(victim).kill();
      },
    };
    expect(await move(scene, fromTo(scene, 'db1', 'db2'), options)).toMatchObject({
      ok: false,
      stuck: { because: victim === 'db1' ? 'source-silent' : 'target-silent', node: scene.id(victim) },
    });
    await scene.server(victim).restart();
    await scene.cluster.agreed();
    expect(await move(scene, fromTo(scene, 'db1', 'db2'))).toMatchObject({ ok: true, slotsDone: 24 });
    await expectOwner(scene, 'db2');
    expect(await keysAt(scene, 'db1')).toBe(0);
    expect(await keysAt(scene, 'db2')).toBe(24 * 200);
  });

  test('with a key that both ends have: the same goes, another one stops it, unless it is to give way', async () => {
    await using scene = await startClusterScene(primariesOnly);
    await fill(scene, 3);
    const [db1, db2] = [scene.link('db1'), scene.link('db2')];
    await db2.setSlotImporting(0, scene.id('db1'), call());
    await db1.setSlotMigrating(0, scene.id('db2'), call());
    const key = (n: number): string => `${tags[0]}k:${n}`;
    const alike = [['ASKING'] as const, ['SET', key(0), '0'] as const];
    await db2.send('put', [...alike, ['ASKING'], ['SET', key(1), 'other']], call());

    const stuck = await move(scene, fromTo(scene, 'db1', 'db2'));
    expect(stuck).toMatchObject({ ok: false, stuck: { because: 'key-conflict', keys: [key(1)] } });
    expect(await db1.countKeysInSlots([0], call())).toEqual([1]);
    const moved = await move(scene, fromTo(scene, 'db1', 'db2'), { replace: true });
    expect(moved).toMatchObject({ ok: true });
    expect(await db2.call(['GET', key(1)], call())).toBe('1');
    await expectOwner(scene, 'db2');
  });

  test('go on when the target hung for a moment, with what it had got before', async () => {
    await using scene = await startClusterScene(primariesOnly);
    await fill(scene, 200);
    await using writers = await startWriters(scene, (n) => tags[n % tags.length] ?? '');
    let calls = 0;
    const progress = (): void => {
      calls += 1;
      if (calls !== 20) return;
      void scene.server('db2').pause();
      setTimeout(() => scene.server('db2').resume(), 900);
    };
    const moved = await move(scene, fromTo(scene, 'db1', 'db2'), {
      keysPerCall: 50,
      timeoutMs: 300,
      progress,
    });
    expect(moved).toMatchObject({ ok: true, slotsDone: 24 });
    await writers.stop();
    expect(writers.errors).toEqual([]);
    expect(await writers.lost()).toEqual([]);
    await expectOwner(scene, 'db2');
    expect(await keysAt(scene, 'db2')).toBe(24 * 200 + writers.count);
  });

  test('go between nodes that want a password, when it is known', async () => {
    await using scene = await startClusterScene({ ...primariesOnly, password: 'sesame' });
    await fill(scene, 3);
    await expect(move(scene, fromTo(scene, 'db1', 'db2'))).rejects.toThrow(/NOAUTH/);
    const credentials = { user: 'default', password: 'sesame' };
    expect(await move(scene, fromTo(scene, 'db1', 'db2'), { credentials })).toMatchObject({ ok: true });
    await expectOwner(scene, 'db2');
    expect(await keysAt(scene, 'db2')).toBe(24 * 3);
  });

  test('whose source dies and is replaced by its replica are repaired, and no key is lost', async () => {
    await using scene = await startClusterScene({ nodeTimeoutMs: 1_000 });
    await fill(scene, 200);
    await awaitSameOffset([scene.server('db4')], scene.server('db1'));
    let calls = 0;
    const progress = (): void => {
      calls += 1;
      if (calls === 25) void scene.server('db1').kill();
    };
    const options: SlotMoveOptions = { keysPerCall: 50, slotsAtOnce: 4, progress };
    expect(await move(scene, fromTo(scene, 'db1', 'db2'), options)).toMatchObject({ ok: false });
    await until(
      'db4 to take over',
      SOON,
      async () => (await scene.cluster.ownerOf(5_000, scene.server('db3'))).name === 'db4',
    );
    const living = new Map([...scene.nodes].filter(([id]) => id !== scene.id('db1')));
    const fixed = await fixCluster({}, { nodes: living, clock: systemClock }, call(30_000));
    expect(fixed).toMatchObject({ ok: true });
    await scene.cluster.agreed();
    expect(await move(scene, fromTo(scene, 'db4', 'db2'), {}, { nodes: living })).toMatchObject({ ok: true });
    expect(await keysAt(scene, 'db4')).toBe(0);
    expect(await keysAt(scene, 'db2')).toBe(24 * 200);
  });

  test('with names that are no text', async () => {
    await using scene = await startClusterScene(primariesOnly);
    const set =
      "redis.call('SET', KEYS[1] .. string.char(0, 255, 254, 13, 10), string.char(255, 0)) return 1";
    for (const tag of tags) await scene.link('db1').call(['EVAL', set, 1, tag], call());
    await fill(scene, 2);
    expect(await move(scene, fromTo(scene, 'db1', 'db2'))).toMatchObject({ ok: true, keysMoved: 24 * 3 });
    const get =
      "return redis.call('GET', KEYS[1] .. string.char(0, 255, 254, 13, 10)) == string.char(255, 0) and 1 or 0";
    for (const tag of tags) expect(await scene.link('db2').call(['EVAL', get, 1, tag], call())).toBe(1);
  });

  test('stay closed when the move is told to stop, and a key that is too large stays where it is', async () => {
    await using scene = await startClusterScene(primariesOnly);
    await fill(scene, 5);
    const large = `${tags[20]}large`;
    await scene.link('db1').call(['SET', large, 'x'.repeat(100_000)], call());
    const stop = new AbortController();
    const progress = ({ slotsDone }: { readonly slotsDone: number }): void => {
      if (slotsDone > 4) stop.abort();
    };
    const stopped = await move(scene, fromTo(scene, 'db1', 'db2'), {
      slotsAtOnce: 4,
      stop: stop.signal,
      progress,
    });
    expect(stopped).toMatchObject({ ok: false, stopped: true, slotsDone: 8 });
    expect((await scene.view('db1')).nodes.flatMap((node) => node.migrating)).toEqual([]);

    const stuck = await move(scene, fromTo(scene, 'db1', 'db2'), { largestKeyBytes: 50_000 });
    expect(stuck).toMatchObject({ ok: false, stuck: { because: 'key-too-large', keys: [large] } });
    expect(await move(scene, fromTo(scene, 'db1', 'db2'))).toMatchObject({ ok: true, slotsDone: 24 });
  });
});
