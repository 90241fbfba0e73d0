/** Manual failovers of a real Redis Cluster, followed through. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Election } from '../../src/core/shards/election-cooldown.ts';
import type { HandOverMode } from '../../src/core/shards/hand-over-facts.ts';
import type { HandOverOrder } from '../../src/engines/redis-cluster/hand-over-order.ts';
import { handOverShard } from '../../src/engines/redis-cluster/hand-over-shard.ts';
import { call } from '../kit/call.ts';
import { SOON, until } from '../kit/deadline.ts';
import { tagOfSlot } from '../kit/redis/key-slot.ts';
import { redisFlavours } from '../kit/redis/redis-flavours.ts';
import { type ClusterScene, startClusterScene, startWriters } from './redis-cluster-scene.ts';

/** Remembers elections, as a controller does. */
class Hands {
  readonly #scene: ClusterScene;
  elections: readonly Election[] = [];

  constructor(scene: ClusterScene) {
    this.#scene = scene;
  }

  async over(candidate: string, mode: HandOverMode, more: Partial<HandOverOrder> = {}) {
    const { elections } = this;
    const outcome = await handOverShard(
      {
        candidate: this.#scene.id(candidate),
        mode,
        elections,
        name: this.#scene.name,
        remember: (election) => {
          this.elections = [...elections, election];
        },
        ...more,
      },
      { nodes: this.#scene.nodes, clock: systemClock },
      call(),
    );
    this.elections = [...elections, ...(outcome.election === undefined ? [] : [outcome.election])];
    return outcome;
  }
}

const epochOf = async (scene: ClusterScene, of: string, by: string): Promise<number> => {
  const { nodes } = await scene.view(by);
  return nodes.find((node) => node.id === scene.id(of))?.configEpoch ?? 0;
};

describe('mode default', () => {
  test('loses nothing under load, with a larger epoch and a partial resynchronisation, and is refused too soon after', async () => {
    await using scene = await startClusterScene();
    const hands = new Hands(scene);
    const tag = tagOfSlot(0);
    await using writers = await startWriters(scene, () => tag);
    await until('some writes', SOON, async () => writers.count > 200);
    const before = await epochOf(scene, 'db1', 'db2');

    const done = await hands.over('db4', 'default');
    expect(done).toMatchObject({ ok: true, resync: { kind: 'partial', given: { full: 0 } } });
    if (!done.ok) return;
    expect(done.epoch).toBeGreaterThan(before);
    expect(await epochOf(scene, 'db4', 'db2')).toBe(done.epoch);
    expect(done.seenBy.length).toBeGreaterThanOrEqual(2);

    const back = await hands.over('db1', 'default');
    expect(back).toMatchObject({ ok: true, resync: { kind: 'partial' } });

    const tooSoon = await hands.over('db4', 'default');
    expect(tooSoon).toMatchObject({ ok: false, sent: false, failures: [{ code: 'election-too-soon' }] });
    if (tooSoon.ok) return;
    const waitMs = tooSoon.failures[0]?.waitMs ?? 0;
    expect(waitMs).toBeGreaterThan(4_000);
    expect(waitMs).toBeLessThanOrEqual(8_001);

    await systemClock.sleep(waitMs);
    expect(await hands.over('db4', 'default')).toMatchObject({ ok: true });
    await writers.stop();
    expect(writers.errors).toEqual([]);
    expect(await writers.lost()).toEqual([]);
  });

  test.for(redisFlavours)(
    'back and forth every 2 s, $name loses nothing and never blocks writers for long',
    async (flavour, context) => {
      if (flavour.unavailable !== undefined) return context.skip(flavour.unavailable);
      await using scene = await startClusterScene({ nodeTimeoutMs: 1_000, flavour });
      const hands = new Hands(scene);
      const tag = tagOfSlot(0);
      await using writers = await startWriters(scene, () => tag);
      let moved = 0;
      // A refusal that names no time would be no better than a guess.
      const unexplained: unknown[] = [];
      for (const candidate of ['db4', 'db1', 'db4', 'db1', 'db4']) {
        const outcome = await hands.over(candidate, 'default');
        if (outcome.ok) moved += 1;
        else if (outcome.sent || outcome.failures[0]?.waitMs === undefined) unexplained.push(outcome);
        await systemClock.sleep(outcome.ok ? 2_000 : (outcome.failures[0]?.waitMs ?? 0) + 50);
      }
      await writers.stop();
      expect(unexplained).toEqual([]);
      expect(moved).toBeGreaterThanOrEqual(3);
      expect(writers.longestWaitMs).toBeLessThan(2_000);
      expect(writers.errors).toEqual([]);
      expect(await writers.lost()).toEqual([]);
    },
  );

  test('is not even begun while the primary sleeps', async () => {
    await using scene = await startClusterScene({
      nodeTimeoutMs: 10_000,
      config: ['enable-debug-command yes'],
    });
    const hands = new Hands(scene);
    const asleep = scene.server('db1').command('DEBUG', 'SLEEP', 2);
    await until('db1 to sleep', SOON, () =>
      scene
        .link('db1')
        .id(call(100))
        .then(
          () => false,
          () => true,
        ),
    );
    await expect(hands.over('db4', 'default')).resolves.toMatchObject({
      ok: false,
      sent: false,
      failures: [{ code: 'primary-silent', node: scene.id('db1') }],
    });
    await asleep;
    // Nothing is held up when it wakes.
    const key = `${tagOfSlot(0)}k`;
    expect(await scene.server('db1').commandWithin(1_000, 'SET', key, 'v')).toBe('OK');
    expect((await scene.cluster.ownerOf(0)).name).toBe('db1');
  });

  test('whose primary falls silent after it was told says so', async () => {
    await using scene = await startClusterScene({ nodeTimeoutMs: 15_000 });
    const hands = new Hands(scene);
    const outcome = hands.over('db4', 'default', { remember: () => scene.server('db1').pause() });
    try {
      await expect(outcome).resolves.toMatchObject({
        ok: false,
        sent: true,
        failures: [{ code: 'primary-silent', node: scene.id('db1') }],
        election: { node: scene.id('db4'), against: scene.id('db1') },
      });
    } finally {
      scene.server('db1').resume();
    }
  });

  test('without votes says which primaries did not hear of it', async () => {
    await using scene = await startClusterScene({ nodeTimeoutMs: 15_000 });
    const hands = new Hands(scene);
    const voters = ['db2', 'db3'].map((name) => scene.server(name));
    const remember = async () => {
      for (const voter of voters) await voter.pause();
    };
    try {
      const outcome = await hands.over('db4', 'default', { remember });
      expect(outcome).toMatchObject({
        ok: false,
        sent: true,
        instead: [],
        failures: [{ code: 'not-elected' }],
      });
      if (outcome.ok) return;
      for (const voter of voters)
        expect(outcome.failures[0]?.fact).toContain(`${voter.name} does not answer`);
    } finally {
      for (const voter of voters) voter.resume();
    }
    expect(await hands.over('db4', 'default')).toMatchObject({
      ok: false,
      sent: false,
      failures: [{ code: 'election-too-soon' }],
    });
  });
});

describe('without the primary', () => {
  test('mode force is voted for while the primary hangs', async () => {
    await using scene = await startClusterScene({ nodeTimeoutMs: 15_000 });
    const hands = new Hands(scene);
    await scene.server('db1').pause();
    const before = await epochOf(scene, 'db1', 'db2');
    try {
      const done = await hands.over('db4', 'force', { dead: new Set([scene.id('db1')]) });
      expect(done).toMatchObject({ ok: true, resync: { kind: 'pending' } });
      if (!done.ok) return;
      expect(done.epoch).toBeGreaterThan(before);
      expect((await scene.cluster.ownerOf(0, scene.server('db2'))).name).toBe('db4');
    } finally {
      scene.server('db1').resume();
    }
    await scene.cluster.agreed();
    expect((await scene.cluster.ownerOf(0, scene.server('db1'))).name).toBe('db4');
  });

  test('mode takeover needs no majority', async () => {
    await using scene = await startClusterScene({ nodeTimeoutMs: 15_000 });
    const hands = new Hands(scene);
    await Promise.all(['db1', 'db2'].map((name) => scene.server(name).kill()));
    expect(await hands.over('db4', 'force')).toMatchObject({
      ok: false,
      sent: false,
      failures: [{ code: 'no-majority' }],
    });
    const first = await hands.over('db4', 'takeover');
    expect(first).toMatchObject({ ok: true });
    expect(first.election).toBeUndefined();
    expect(await hands.over('db5', 'takeover')).toMatchObject({ ok: true });
    await scene.cluster.agreed();
    expect((await scene.cluster.ownerOf(0)).name).toBe('db4');
  });
});
