import { describe, expect, test } from 'vitest';
import type { ClusterView } from './cluster-view.ts';
import type { HandOverMode } from './hand-over-facts.ts';
import { type HandOverJudgement, judgeHandOver } from './judge-hand-over.ts';
import { pictureCluster } from './picture-cluster.ts';
import { type ClusterTraits, id, viewBy, viewsOf } from './testing/shard-cluster.ts';

const others = {
  b: { slots: '5461-10922', epoch: 5, replicas: ['b1'] },
  c: { slots: '10923-16383', epoch: 6, replicas: ['c1'] },
};
/** The shard has been handed over before: its primary's epoch is 8. */
const before: ClusterTraits = {
  shards: { a: { slots: '0-5460', epoch: 8, replicas: ['a1', 'a2'] }, ...others },
};
const taken = (primary: string, epoch: number, slots = '0-5460'): ClusterTraits => ({
  shards: {
    [primary]: { slots, epoch, replicas: ['a', 'a1', 'a2'].filter((name) => name !== primary) },
    ...others,
  },
});
const promoted = taken('a1', 9);

function judge(views: readonly ClusterView[], mode: HandOverMode = 'default'): HandOverJudgement {
  return judgeHandOver({ before: pictureCluster(viewsOf(before)), candidate: id('a1'), mode, views });
}
/** Those named see the new state, those silent nothing, the rest the old one. */
const halfway = (
  traits: ClusterTraits,
  seeing: readonly string[],
  ...silent: readonly string[]
): readonly ClusterView[] => [
  ...viewsOf(before, ...seeing, ...silent),
  ...seeing.map((name) => viewBy(traits, name)),
];

describe('a hand-over is done', () => {
  test('when all see it', () => {
    expect(judge(viewsOf(promoted))).toEqual({ kind: 'done', configEpoch: 9, seenBy: ['a1', 'b', 'c'] });
  });

  test('when a majority of the primaries sees it, and the old primary', () => {
    expect(judge(halfway(promoted, ['a1', 'b', 'a']))).toMatchObject({ kind: 'done', seenBy: ['a1', 'b'] });
  });

  test('without the old primary when it does not answer', () => {
    expect(judge(halfway(promoted, ['a1', 'b'], 'a'))).toMatchObject({ kind: 'done' });
  });

  test('by a takeover when all primaries that answer see it', () => {
    expect(judge(halfway(promoted, ['a1'], 'a', 'b', 'c'), 'takeover')).toMatchObject({ kind: 'done' });
    expect(judge(halfway(promoted, ['a1'], 'a', 'b'), 'takeover')).toMatchObject({
      kind: 'waiting',
      for: 'majority',
    });
    expect(judge(halfway(promoted, ['a1'], 'a', 'b', 'c'), 'force')).toMatchObject({
      kind: 'waiting',
      for: 'majority',
    });
  });
});

describe('a hand-over waits', () => {
  test('for the candidate to stand, and then for its votes', () => {
    expect(judge(viewsOf(before))).toMatchObject({ kind: 'waiting', for: 'election' });
    expect(judge(viewsOf({ ...before, currentEpoch: 9 }))).toMatchObject({ kind: 'waiting', for: 'votes' });
  });

  test('for a majority: the candidate’s word and the replicas’ are not enough', () => {
    expect(judge(halfway(promoted, ['a1', 'a2', 'b1', 'c1', 'a']))).toEqual({
      kind: 'waiting',
      for: 'majority',
      seenBy: ['a1'],
    });
  });

  test('for an old primary that answers and does not know: it may acknowledge writes', () => {
    expect(judge(halfway(promoted, ['a1', 'b', 'c']))).toMatchObject({ kind: 'waiting', for: 'old-primary' });
  });

  test('for all of the slots to be seen there', () => {
    const part = taken('a1', 9, '0-5000');
    expect(judge(halfway(part, ['b', 'c', 'a']).concat(viewBy(promoted, 'a1')))).toMatchObject({
      for: 'majority',
    });
  });

  test('for all to have the new epoch, not an old one', () => {
    const old = taken('a1', 8);
    expect(judge(halfway(old, ['b', 'c', 'a'], 'a1').concat(viewBy(promoted, 'a1')))).toMatchObject({
      kind: 'waiting',
      for: 'majority',
    });
  });

  test('for a candidate that does not answer, whatever others say', () => {
    expect(judge(viewsOf(promoted, 'a1'))).toMatchObject({ kind: 'waiting', for: 'candidate' });
  });
});

describe('a hand-over has failed', () => {
  test.each([7, 8])(
    'when the candidate calls itself primary with epoch %i: old votes made it so',
    (epoch) => {
      expect(judge(halfway(taken('a1', epoch), ['a1']))).toMatchObject({
        kind: 'failed',
        because: 'stale-election',
      });
    },
  );

  test('though a majority should repeat the old epoch', () => {
    expect(judge(viewsOf(taken('a1', 8)))).toMatchObject({ kind: 'failed', because: 'stale-election' });
  });

  test('when a majority sees another replica in the place of the primary', () => {
    expect(judge(viewsOf(taken('a2', 9)))).toMatchObject({ kind: 'failed', because: 'another-primary' });
  });

  test('when the candidate has gone to another shard', () => {
    const moved: ClusterTraits = {
      shards: {
        a: { slots: '0-5460', epoch: 8, replicas: ['a2'] },
        b: { ...others.b, replicas: ['b1', 'a1'] },
        c: others.c,
      },
    };
    expect(judge(viewsOf(moved))).toMatchObject({ kind: 'failed', because: 'moved-away' });
  });

  test('before it began when the candidate was no replica', () => {
    const picture = pictureCluster(viewsOf(before));
    const asked = { before: picture, mode: 'default', views: viewsOf(before) } as const;
    expect(judgeHandOver({ ...asked, candidate: id('b') })).toMatchObject({ because: 'not-a-replica' });
    expect(judgeHandOver({ ...asked, candidate: id('x') })).toMatchObject({ because: 'not-a-replica' });
  });
});
