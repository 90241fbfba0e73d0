import { describe, expect, test } from 'vitest';
import type { ClusterView } from './cluster-view.ts';
import { type HandOverSituation, handOverFacts, handOverRefusals } from './hand-over-facts.ts';
import { pictureCluster } from './picture-cluster.ts';
import { redis70, valkey80, valkey81 } from './testing/server-kinds.ts';
import { type ClusterTraits, id, testNow, threeShards, viewBy, viewsOf } from './testing/shard-cluster.ts';

const two: ClusterTraits = {
  shards: { ...threeShards.shards, a: { slots: '0-5460', epoch: 1, replicas: ['a1', 'a2'] } },
};

function situation(views: readonly ClusterView[], more: Partial<HandOverSituation> = {}): HandOverSituation {
  return {
    picture: pictureCluster(views),
    views,
    candidate: id('a1'),
    mode: 'default',
    elections: [],
    nodeTimeoutMs: 1_000,
    now: testNow,
    server: redis70,
    replication: 'up',
    name: (node) => node,
    ...more,
  };
}

const codes = (asked: HandOverSituation): readonly string[] =>
  handOverRefusals(asked).map(({ code }) => code);

describe('a hand-over in a cluster', () => {
  test.each(['default', 'force', 'takeover'] as const)('of a healthy shard may go ahead: %s', (mode) => {
    expect(handOverRefusals(situation(viewsOf(two), { mode }))).toEqual([]);
  });

  test('needs a candidate that answers and is a replica of a known primary, and says only that', () => {
    const stray = viewsOf(two).map((view) => ({
      ...view,
      nodes: view.nodes.map((node) => (node.id === id('a1') ? { ...node, sourceId: id('gone') } : node)),
    }));
    expect(codes(situation(viewsOf(two, 'a1')))).toEqual(['candidate-unreachable']);
    expect(codes(situation(viewsOf(two), { candidate: id('nobody') }))).toEqual(['candidate-unreachable']);
    expect(codes(situation(viewsOf(two), { candidate: id('b') }))).toEqual(['already-primary']);
    expect(codes(situation(stray))).toEqual(['source-unknown']);
  });

  test('is refused for a primary without slots, in every mode: the server would say OK and do nothing', () => {
    const views = viewsOf({ shards: { ...two.shards, d: { replicas: ['d1'] } } });
    for (const mode of ['default', 'force', 'takeover'] as const) {
      expect(codes(situation(views, { candidate: id('d1'), mode }))).toEqual(['primary-without-slots']);
    }
  });

  test.each([
    ['failed', { ...two, flags: { a: ['fail'] } } satisfies ClusterTraits, 'a1 counts a as failed'],
    [
      'cut off',
      { ...two, unlinked: ['a'] } satisfies ClusterTraits,
      'a1 has no link to a on the cluster bus',
    ],
  ])('by default needs a primary that is not %s; forced it does not', (_, seen, fact) => {
    const views = [...viewsOf(two, 'a1'), viewBy(seen, 'a1')];
    expect(handOverRefusals(situation(views))).toMatchObject([{ code: 'primary-failed', fact }]);
    expect(codes(situation(views, { mode: 'force' }))).toEqual([]);
  });

  test('goes ahead with a primary that the candidate only suspects', () => {
    const views = [...viewsOf(two, 'a1'), viewBy({ ...two, flags: { a: ['pfail'] } }, 'a1')];
    expect(codes(situation(views))).toEqual([]);
  });

  test('by default needs replication that runs', () => {
    const stopped = situation(viewsOf(two), { replication: 'down' });
    expect(codes(stopped)).toEqual(['candidate-stopped']);
    expect(codes({ ...stopped, mode: 'force' })).toEqual([]);
  });

  test('needs a majority of primaries that can vote, unless it is a takeover', () => {
    const views = viewsOf(two, 'a', 'b');
    expect(handOverRefusals(situation(views, { mode: 'force' }))).toMatchObject([
      {
        code: 'no-majority',
        fact: '1 of 3 primaries answer, 2 are needed; a and b do not',
        needs: 'more primaries that answer, or mode takeover',
      },
    ]);
    expect(codes(situation(views, { mode: 'takeover' }))).toEqual([]);
    expect(codes(situation(viewsOf(two, 'a'), { mode: 'force' }))).toEqual([]);
  });

  test('waits until all nodes say the same of the shard; what they say of another does not matter', () => {
    const { a, b = {}, ...rest } = two.shards;
    const swapped = (primary: string, replica: string, slots: string): ClusterTraits['shards'] => ({
      [primary]: { slots, epoch: 9, replicas: [replica] },
    });
    const own = { shards: { ...rest, b, ...swapped('a1', 'a', '0-5460') } };
    const other = { shards: { ...rest, a: a ?? {}, ...swapped('b1', 'b', '5461-10922') } };
    const refusals = handOverRefusals(situation([...viewsOf(two, 'c1'), viewBy(own, 'c1')]));
    expect(refusals.map(({ code }) => code)).toEqual(['views-disagree']);
    expect(refusals[0]?.fact).toBe(
      'the nodes do not agree on the owner of slots: a by a, a1, a2, b, b1 and c; a1 by c1',
    );
    expect(codes(situation([...viewsOf(two, 'c1'), viewBy(other, 'c1')]))).toEqual([]);
  });

  test('by default waits for slots on their way, where replicas do not know of them', () => {
    const views = viewsOf({ ...two, migrating: { a: [{ slot: 7, to: id('b') }] } });
    expect(handOverRefusals(situation(views))).toMatchObject([
      { code: 'slots-open', fact: 'slot 7 of a is on the way' },
    ]);
    expect(codes(situation(views, { mode: 'force' }))).toEqual([]);
    expect(codes(situation(views, { server: valkey80 }))).toEqual([]);
    expect(codes(situation(views, { candidate: id('c1') }))).toEqual([]);
  });

  test('too soon after an election says how long to wait and who may be taken at once', () => {
    const elections = [{ node: id('a1'), against: id('x'), at: testNow - 1_500 }];
    expect(handOverRefusals(situation(viewsOf(two), { elections }))).toEqual([
      {
        code: 'election-too-soon',
        node: 'a1',
        fact: 'the last election of a1 or against a is too short a time ago',
        needs: '2.6 s more, or a2 at once',
        waitMs: 2_501,
        instead: ['a2'],
      },
    ]);
    expect(codes(situation(viewsOf(two), { elections, mode: 'force' }))).toEqual(['election-too-soon']);
    expect(codes(situation(viewsOf(two), { elections, mode: 'takeover' }))).toEqual([]);
    expect(codes(situation(viewsOf(two), { elections, server: valkey81 }))).toEqual([]);
  });

  test('names nobody else while the votes about the primary are held back', () => {
    const elections = [{ node: id('a9'), against: id('a'), at: testNow - 500 }];
    expect(handOverRefusals(situation(viewsOf(two), { elections }))).toMatchObject([
      { code: 'election-too-soon', waitMs: 1_500, instead: [] },
    ]);
  });

  test('has its facts for the plan', () => {
    expect(handOverFacts('default')).toHaveLength(10);
    expect(handOverFacts('takeover')).toEqual([
      'the candidate answers',
      'it is a replica',
      'its primary is known',
      'its primary has slots',
    ]);
  });
});
