import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangeRefusalCode } from './change-refusal.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import { pictureCluster } from './picture-cluster.ts';
import { planRebalance, type RebalanceQuestion } from './rebalance.ts';
import { planReshard, type ReshardQuestion } from './reshard.ts';
import type { SlotTransfer } from './slot-action.ts';
import { countSlots, listSlots } from './slots.ts';
import { type ClusterTraits, id, threeShards, viewsOf } from './testing/shard-cluster.ts';

const { shards } = threeShards;
const withEmpty: ClusterTraits = { shards: { ...shards, d: { epoch: 4 } } };
const picture = (traits: ClusterTraits): ClusterPicture => pictureCluster(viewsOf(traits));

const brief = (transfers: readonly SlotTransfer[]): readonly string[] =>
  transfers.map(({ from, to, slots }) => `${from}>${to} ${slots.length} from ${slots[0]}`);

/** What each has when all is done; and that only what one has is given. */
function settle(from: ClusterPicture, transfers: readonly SlotTransfer[]): ReadonlyMap<NodeId, number> {
  const owner = new Map(
    from.shards.flatMap(({ primary, slots }) => listSlots(slots).map((slot) => [slot, primary] as const)),
  );
  for (const transfer of transfers) {
    expect(transfer.slots.filter((slot) => owner.get(slot) !== transfer.from)).toEqual([]);
    for (const slot of transfer.slots) owner.set(slot, transfer.to);
  }
  const counts = new Map(from.shards.map(({ primary }) => [primary, 0]));
  for (const primary of owner.values()) counts.set(primary, (counts.get(primary) ?? 0) + 1);
  return counts;
}

describe('a rebalance', () => {
  const plan = (question: RebalanceQuestion): readonly SlotTransfer[] => {
    const planned = planRebalance(question);
    if (!planned.ok) throw new Error(JSON.stringify(planned.refusals));
    return planned.plan.transfers;
  };
  const refused = (question: RebalanceQuestion): readonly ChangeRefusalCode[] => {
    const planned = planRebalance(question);
    return planned.ok ? [] : planned.refusals.map(({ code }) => code);
  };

  test('of what is even enough moves nothing; primaries without slots are left alone', () => {
    expect(plan({ picture: picture(withEmpty) })).toEqual([]);
  });

  test('gives an empty primary its share when asked to, an equal part from each', () => {
    const asked = { picture: picture(withEmpty), useEmpty: true };
    expect(brief(plan(asked))).toEqual(['b>d 1366 from 5461', 'c>d 1365 from 10923', 'a>d 1365 from 0']);
    expect([...settle(asked.picture, plan(asked)).values()]).toEqual([4_096, 4_096, 4_096, 4_096]);
  });

  test('follows weights, and 0 empties a primary', () => {
    const asked = {
      picture: picture(threeShards),
      weights: new Map([
        [id('a'), 0],
        [id('b'), 3],
      ]),
    };
    expect([...settle(asked.picture, plan(asked)).values()]).toEqual([0, 12_288, 4_096]);
  });

  test('begins only beyond the threshold', () => {
    const uneven = picture({
      shards: {
        a: { slots: '0-5500', epoch: 1 },
        b: { slots: '5501-10962', epoch: 2 },
        c: { slots: '10963-16383', epoch: 3 },
      },
    });
    expect(plan({ picture: uneven })).toEqual([]);
    expect(brief(plan({ picture: uneven, threshold: 0.5 }))).toEqual(['a>c 39 from 0', 'b>c 1 from 5501']);
  });

  test('ends with every primary at its share, whatever they had and whatever the weights', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 16_383 }), { minLength: 3, maxLength: 3 });
    const weights = fc.tuple(
      fc.nat({ max: 5 }),
      fc.nat({ max: 5 }),
      fc.nat({ max: 5 }),
      fc.integer({ min: 1, max: 5 }),
    );
    fc.assert(
      fc.property(cuts, weights, (cut, [w, x, y, z]) => {
        const [i = 1, j = 2, k = 3] = cut.toSorted((a, b) => a - b);
        const before = picture({
          shards: {
            a: { slots: `0-${i - 1}`, epoch: 1 },
            b: { slots: `${i}-${j - 1}`, epoch: 2 },
            c: { slots: `${j}-${k - 1}`, epoch: 3 },
            d: { slots: `${k}-16383`, epoch: 4 },
          },
        });
        const asked = {
          picture: before,
          threshold: 0,
          weights: new Map([
            [id('a'), w],
            [id('b'), x],
            [id('c'), y],
            [id('d'), z],
          ]),
        };
        const planned = planRebalance(asked);
        if (!planned.ok) throw new Error('refused');
        const counts = settle(before, planned.plan.transfers);
        for (const { primary, expected } of planned.plan.shares) expect(counts.get(primary)).toBe(expected);
        expect(planned.plan.transfers.length).toBeLessThan(4);
      }),
      { numRuns: 30 },
    );
  });

  test('waits for a cluster that is well, and for weights that mean something', () => {
    const open = { ...threeShards, migrating: { a: [{ slot: 1, to: id('b') }] } };
    expect(refused({ picture: picture(open) })).toEqual(['slots-open']);
    expect(refused({ picture: pictureCluster(viewsOf(threeShards, 'b')) })).toEqual(['node-unreachable']);
    expect(refused({ picture: picture(threeShards), weights: new Map([[id('a1'), 1]]) })).toEqual([
      'not-a-primary',
    ]);
    expect(refused({ picture: picture(threeShards), weights: new Map([[id('x'), 1]]) })).toEqual([
      'unknown-node',
    ]);
    expect(refused({ picture: picture(threeShards), weights: new Map([[id('a'), -1]]) })).toEqual([
      'weight-invalid',
    ]);
    const none = new Map(['a', 'b', 'c'].map((name) => [id(name), 0]));
    expect(refused({ picture: picture(threeShards), weights: none })).toEqual(['weight-invalid']);
  });
});

describe('a reshard', () => {
  const reshard = (more: Partial<ReshardQuestion>): ReturnType<typeof planReshard> =>
    planReshard({ picture: picture(withEmpty), from: 'all', to: id('d'), slots: 10, ...more });

  test('takes the lowest slots of each source, in proportion, and exactly as many as asked', () => {
    const planned = reshard({ slots: 1_000 });
    if (!planned.ok) throw new Error('refused');
    expect(brief(planned.plan)).toEqual(['b>d 334 from 5461', 'a>d 333 from 0', 'c>d 333 from 10923']);
  });

  test('takes from those named only', () => {
    const planned = reshard({ from: [id('c')], to: id('a'), slots: 3 });
    expect(planned).toEqual({ ok: true, plan: [{ from: 'c', to: 'a', slots: [10_923, 10_924, 10_925] }] });
  });

  test.each([
    [{ slots: 0 }, 'too-few-slots'],
    [{ slots: 16_385 }, 'too-few-slots'],
    [{ from: [id('a')], slots: countSlots([{ first: 0, last: 5_461 }]) }, 'too-few-slots'],
    [{ to: id('a1') }, 'not-a-primary'],
    [{ from: [id('x'), id('a')] }, 'unknown-node'],
    [
      { picture: picture({ shards: { ...shards, c: { slots: '10923-16000', epoch: 3 } } }), to: id('a') },
      'slots-uncovered',
    ],
  ] as const)('%j is refused: %s', (more, code) => {
    expect(reshard(more)).toMatchObject({ ok: false, refusals: [{ code }] });
  });
});
