import { describe, expect, test } from 'vitest';
import { nodeOf, shardOf } from './cluster-picture.ts';
import { pictureCluster } from './picture-cluster.ts';
import { formatSlots } from './slots.ts';
import { type ClusterTraits, id, testNow, threeShards, viewBy, viewsOf } from './testing/shard-cluster.ts';

const { shards } = threeShards;
const promoted: ClusterTraits = {
  shards: { a1: { slots: '0-5460', epoch: 4, replicas: ['a'] }, b: shards.b ?? {}, c: shards.c ?? {} },
};
/** What a candidate believes that won with votes of an earlier election: its epoch is not a new one. */
const falselyPromoted: ClusterTraits = {
  shards: { ...promoted.shards, a1: { slots: '0-5460', epoch: 0, replicas: ['a'] } },
};

const outline = (traits: ReturnType<typeof pictureCluster>): readonly string[] =>
  traits.shards.map(
    (shard) =>
      `${shard.primary} ${formatSlots(shard.slots) || 'none'} e${shard.configEpoch} [${shard.replicas.join(' ')}]${shard.settled ? '' : ' ?'}`,
  );

describe('the picture of a cluster', () => {
  test('of views that agree is theirs', () => {
    const picture = pictureCluster(viewsOf(threeShards));
    expect(outline(picture)).toEqual(['a 0-5460 e1 [a1]', 'b 5461-10922 e2 [b1]', 'c 10923-16383 e3 [c1]']);
    expect(picture).toMatchObject({
      at: testNow,
      currentEpoch: 3,
      unassigned: [],
      open: [],
      disagreements: [],
      unasked: [],
      strays: [],
      down: [],
      quorum: { voters: ['a', 'b', 'c'], needed: 2, answering: ['a', 'b', 'c'] },
    });
    expect(shardOf(picture, id('b1'))?.primary).toBe('b');
    expect(nodeOf(picture, id('b1'))).toMatchObject({
      role: 'replica',
      sourceId: 'b',
      health: 'ok',
      asked: true,
    });
  });

  test('of no view at all is empty', () => {
    const picture = pictureCluster([]);
    expect(picture).toMatchObject({ at: 0, shards: [], nodes: [], quorum: { needed: 1, answering: [] } });
    expect(formatSlots(picture.unassigned)).toBe('0-16383');
  });

  test('one node is enough to know the others', () => {
    const picture = pictureCluster([viewBy(threeShards, 'a1')]);
    expect(outline(picture)[0]).toBe('a 0-5460 e1 [a1] ?');
    expect(picture.unasked).toEqual(['a', 'b', 'b1', 'c', 'c1']);
  });

  test('a new primary owns its slots as soon as a majority of primaries says so, though the old one does not know', () => {
    const views = [...viewsOf(promoted, 'a'), viewBy(threeShards, 'a')];
    const picture = pictureCluster(views);
    expect(outline(picture)[0]).toBe('a1 0-5460 e4 [a]');
    expect(picture.quorum.voters).toEqual(['a1', 'b', 'c']);
    expect(picture.disagreements).toContainEqual({
      fact: 'owner',
      slots: [{ first: 0, last: 5460 }],
      opinions: [
        { says: 'a1', by: ['a1', 'b', 'b1', 'c', 'c1'] },
        { says: 'a', by: ['a'] },
      ],
    });
    expect(picture.disagreements).toContainEqual({
      fact: 'role',
      node: 'a',
      opinions: [
        { says: 'replica', by: ['a1', 'b', 'b1', 'c', 'c1'] },
        { says: 'primary', by: ['a'] },
      ],
    });
  });

  test('a candidate’s own word for its promotion is not enough, whoever of the others answers', () => {
    for (const silent of [[], ['a'], ['a', 'b'], ['c', 'b1']]) {
      const views = [...viewsOf(threeShards, 'a1', ...silent), viewBy(falselyPromoted, 'a1')];
      expect(outline(pictureCluster(views))[0]).toMatch(/^a 0-5460 e1 \[a1\]/);
    }
  });

  test('a candidate that was elected owns nothing before a primary has heard of it', () => {
    const picture = pictureCluster([...viewsOf(threeShards, 'a1'), viewBy(promoted, 'a1')]);
    expect(outline(picture)[0]).toBe('a 0-5460 e1 [a1]');
  });

  test('without a majority the larger epoch prevails, and it is said that this is not settled', () => {
    const picture = pictureCluster([
      viewBy(promoted, 'a1'),
      viewBy(threeShards, 'b'),
      viewBy(threeShards, 'a'),
      viewBy(promoted, 'c'),
    ]);
    expect(outline(picture)[0]).toBe('a1 0-5460 e4 [a]');
    const two = pictureCluster([viewBy(promoted, 'a1'), viewBy(threeShards, 'a')]);
    expect(outline(two)[0]).toBe('a1 0-5460 e4 [a] ?');
  });

  test('the newest view of a node counts', () => {
    const old = viewBy(promoted, 'b', testNow - 10);
    expect(pictureCluster([...viewsOf(threeShards), old]).disagreements).toEqual([]);
  });

  test('a primary without slots is a shard, at the end; a replica of nobody known is a stray', () => {
    const traits: ClusterTraits = { shards: { ...shards, '0': { epoch: 9 } } };
    const views = viewsOf(traits).map((view) => ({
      ...view,
      nodes: view.nodes.map((node) => (node.id === id('b1') ? { ...node, sourceId: id('gone') } : node)),
    }));
    const picture = pictureCluster(views);
    expect(outline(picture).at(-1)).toBe('0 none e9 []');
    expect(picture.strays).toEqual(['b1']);
    expect(picture.quorum.voters).toEqual(['a', 'b', 'c']);
  });

  test('a replica of a replica belongs to the primary above', () => {
    const views = viewsOf({ shards: { ...shards, a: { ...shards.a, replicas: ['a1', 'a2'] } } }).map(
      (view) => ({
        ...view,
        nodes: view.nodes.map((node) => (node.id === id('a2') ? { ...node, sourceId: id('a1') } : node)),
      }),
    );
    expect(outline(pictureCluster(views))[0]).toBe('a 0-5460 e1 [a1 a2]');
  });

  test('two replicas of each other are strays, not a loop', () => {
    const views = viewsOf(threeShards).map((view) => ({
      ...view,
      nodes: view.nodes.map((node) =>
        node.id === id('a1')
          ? { ...node, sourceId: id('b1') }
          : node.id === id('b1')
            ? { ...node, sourceId: id('a1') }
            : node,
      ),
    }));
    expect(pictureCluster(views).strays).toEqual(['a1', 'b1']);
  });

  test('slots of nobody, slots on their way, and who refuses commands', () => {
    const picture = pictureCluster(
      viewsOf({
        shards: { ...shards, c: { slots: '10923-16000', epoch: 3 } },
        migrating: { a: [{ slot: 7, to: id('b') }] },
        importing: { b: [{ slot: 7, from: id('a') }] },
        state: 'fail',
      }),
    );
    expect(formatSlots(picture.unassigned)).toBe('16001-16383');
    expect(picture.open).toEqual([
      { slot: 7, migrating: [{ at: 'a', to: 'b' }], importing: [{ at: 'b', from: 'a' }] },
    ]);
    expect(picture.down).toHaveLength(5);
  });

  test('one primary’s suspicion is a suspicion; the verdict of most is a failure', () => {
    const one = [viewBy({ ...threeShards, flags: { a: ['pfail'] } }, 'b'), ...viewsOf(threeShards, 'a', 'b')];
    expect(nodeOf(pictureCluster(one), id('a'))).toMatchObject({
      health: 'suspected',
      suspectedBy: ['b'],
      asked: false,
    });
    expect(pictureCluster(one).disagreements).toEqual([]);
    const all = viewsOf({ ...threeShards, flags: { a: ['fail'] } }, 'a');
    expect(nodeOf(pictureCluster(all), id('a'))).toMatchObject({
      health: 'failed',
      failedBy: ['a1', 'b', 'b1', 'c', 'c1'],
    });
  });

  test('who does not know a node, and who calls it failed alone, is said', () => {
    const { c, ...two } = shards;
    const views = [
      viewBy({ shards: two }, 'a'),
      viewBy({ ...threeShards, flags: { b1: ['fail'] } }, 'b'),
      ...viewsOf(threeShards, 'a', 'b'),
    ];
    const { disagreements } = pictureCluster(views);
    expect(disagreements).toContainEqual({
      fact: 'known',
      node: 'c',
      opinions: [
        { says: 'known', by: ['b', 'a1', 'b1', 'c', 'c1'] },
        { says: 'unknown', by: ['a'] },
      ],
    });
    expect(disagreements).toContainEqual({
      fact: 'failed',
      node: 'b1',
      opinions: [
        { says: 'fine', by: ['a', 'a1', 'c', 'c1'] },
        { says: 'failed', by: ['b'] },
      ],
    });
    expect(c).toBeDefined();
  });

  test('a node in handshake is none yet: its id is not its own', () => {
    const views = viewsOf(threeShards).map((view) => ({
      ...view,
      nodes: [
        ...view.nodes,
        ...viewBy({ shards: { [`tmp-${view.by}`]: {} }, flags: { [`tmp-${view.by}`]: ['handshake'] } }, 'x')
          .nodes,
      ],
    }));
    const picture = pictureCluster(views);
    expect(picture.nodes).toHaveLength(6);
    expect(picture.disagreements).toEqual([]);
  });
});
