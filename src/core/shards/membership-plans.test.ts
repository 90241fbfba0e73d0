import { describe, expect, test } from 'vitest';
import { type AddQuestion, planJoining } from './add-node.ts';
import type { NewNode } from './create-cluster.ts';
import { pictureCluster } from './picture-cluster.ts';
import { planLeaving, type RemoveQuestion } from './remove-node.ts';
import { type ClusterTraits, id, threeShards, viewsOf } from './testing/shard-cluster.ts';

const newcomer: NewNode = { id: id('x'), name: 'x', clusterEnabled: true, knownNodes: 1, keys: 0 };
const picture = pictureCluster(viewsOf(threeShards));

describe('a node that joins', () => {
  const join = (more: Partial<AddQuestion>): ReturnType<typeof planJoining> =>
    planJoining({ picture, node: newcomer, as: 'primary', placements: new Map(), ...more });

  test('meets one that answers, as a primary or as a replica', () => {
    expect(join({})).toEqual({ ok: true, plan: { node: 'x', meet: 'a' } });
    expect(join({ as: { replicaOf: id('b') } })).toMatchObject({ plan: { replicaOf: 'b' } });
    const { c = {}, ...rest } = threeShards.shards;
    const lonely = pictureCluster(viewsOf({ shards: { ...rest, c: { ...c, replicas: [] } } }));
    expect(join({ picture: lonely, as: 'needy' })).toMatchObject({ plan: { replicaOf: 'c' } });
  });

  test('prefers a primary elsewhere', () => {
    const placements = new Map([
      [id('a'), { host: 'h1' }],
      [id('b'), { host: 'h2' }],
    ]);
    expect(join({ as: 'needy', node: { ...newcomer, placement: { host: 'h1' } }, placements })).toMatchObject(
      {
        plan: { replicaOf: 'b' },
      },
    );
  });

  test.each([
    [{ node: { ...newcomer, keys: 1 } }, 'node-in-use'],
    [{ node: { ...newcomer, id: id('b1') } }, 'node-in-use'],
    [{ as: { replicaOf: id('b1') } }, 'not-a-primary'],
    [
      { picture: pictureCluster(viewsOf({ ...threeShards, migrating: { a: [{ slot: 1, to: id('b') }] } })) },
      'slots-open',
    ],
    [{ picture: pictureCluster([]) }, 'slots-uncovered'],
  ] as const)('%# is refused: %s', (more, code) => {
    const joined = join(more);
    expect(joined.ok ? [] : joined.refusals.map((refusal) => refusal.code)).toContain(code);
  });
});

describe('a node that leaves', () => {
  const leave = (node: string, more: Partial<RemoveQuestion> = {}): ReturnType<typeof planLeaving> =>
    planLeaving({ picture, node: id(node), drain: false, placements: new Map(), ...more });

  test('as a replica is forgotten by all others', () => {
    expect(leave('a1')).toEqual({
      ok: true,
      plan: { transfers: [], replicas: [], forgetAt: ['a', 'b', 'b1', 'c', 'c1'], reset: true },
    });
  });

  test('as a primary first gives away its slots, evenly, and its replicas', () => {
    const left = leave('a', { drain: true });
    if (!left.ok) throw new Error(JSON.stringify(left.refusals));
    expect(left.plan.transfers.map(({ to, slots }) => [to, slots.length])).toEqual([
      ['c', 2_731],
      ['b', 2_730],
    ]);
    expect(left.plan.replicas).toEqual([{ replica: 'a1', from: 'a', to: 'b', because: 'primary-leaves' }]);
  });

  test('gives away its own slots only, however uneven the others are', () => {
    const uneven: ClusterTraits = {
      shards: {
        a: { slots: '0-10000', epoch: 1 },
        b: { slots: '10001-12000', epoch: 2 },
        c: { slots: '12001-16383', epoch: 3 },
      },
    };
    const left = leave('b', { drain: true, picture: pictureCluster(viewsOf(uneven)) });
    if (!left.ok) throw new Error(JSON.stringify(left.refusals));
    expect(left.plan.transfers.map(({ from, to, slots }) => [from, to, slots.length])).toEqual([
      ['b', 'c', 2_000],
    ]);
  });

  test('its replicas are spread', () => {
    const traits: ClusterTraits = {
      shards: { ...threeShards.shards, d: { epoch: 9, replicas: ['d1', 'd2'] } },
    };
    const left = leave('d', { picture: pictureCluster(viewsOf(traits)) });
    expect(left).toMatchObject({
      plan: {
        transfers: [],
        replicas: [
          { replica: 'd1', to: 'a' },
          { replica: 'd2', to: 'b' },
        ],
      },
    });
  });

  test('that is dead is not reset', () => {
    expect(leave('a1', { picture: pictureCluster(viewsOf(threeShards, 'a1')) })).toMatchObject({
      plan: { reset: false },
    });
  });

  test.each([
    ['a', {}, 'has-slots'],
    ['x', {}, 'unknown-node'],
    ['a1', { picture: pictureCluster(viewsOf(threeShards, 'b1')) }, 'node-unreachable'],
    ['a', { drain: true, picture: pictureCluster(viewsOf(threeShards, 'a')) }, 'node-unreachable'],
    [
      'a',
      { drain: true, picture: pictureCluster(viewsOf({ shards: { a: { slots: '0-16383', epoch: 1 } } })) },
      'last-primary',
    ],
  ] as const)('%s %# is refused: %s', (node, more, code) => {
    const left = leave(node, more);
    expect(left.ok ? [] : left.refusals.map((refusal) => refusal.code)).toContain(code);
  });
});
