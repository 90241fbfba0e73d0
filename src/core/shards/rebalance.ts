/** Spreads the slots over the primaries in proportion to weights (redis.md §4, rebalance). */
import { compareNames } from '../compare-names.ts';
import { apportion } from './apportion.ts';
import { type ChangeRefusal, type Planned, planUnless, unfitForChange } from './change-refusal.ts';
import type { ClusterPicture, Shard } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import { notPrimary } from './reshard.ts';
import type { SlotTransfer } from './slot-action.ts';
import { countSlots, firstSlots, listSlots, minusSlots, type SlotSet } from './slots.ts';

export interface RebalanceQuestion {
  readonly picture: ClusterPicture;
  /** Primaries without one have 1. With 0 a primary gives away all its slots. */
  readonly weights?: ReadonlyMap<NodeId, number>;
  /** Per cent. When no primary is further than this from its share, nothing moves. redis-cli: 2. */
  readonly threshold?: number;
  /** Primaries without slots get their share too. */
  readonly useEmpty?: boolean;
}

export interface Rebalance {
  /** Empty: balanced enough. */
  readonly transfers: readonly SlotTransfer[];
  readonly shares: readonly {
    readonly primary: NodeId;
    readonly slots: number;
    readonly expected: number;
  }[];
}

export function planRebalance(question: RebalanceQuestion): Planned<Rebalance> {
  const { picture, weights = new Map<NodeId, number>(), threshold = 2, useEmpty = false } = question;
  const weightOf = (shard: Shard): number => weights.get(shard.primary) ?? 1;
  const isWanted = ({ primary }: Shard): boolean =>
    (useEmpty || weights.has(primary)) && !picture.unasked.includes(primary);
  // What cannot be divided evenly goes to those that have most: so the least has to move.
  const shards = picture.shards
    .filter((shard) => shard.slots.length > 0 || isWanted(shard))
    .toSorted((a, b) => countSlots(b.slots) - countSlots(a.slots));
  const refusals = [...unfitForChange(picture), ...unfitWeights(picture, weights, shards.map(weightOf))];
  return planUnless(refusals, () => {
    const sizes = shards.map((shard) => countSlots(shard.slots));
    const expected = apportion(
      sizes.reduce((a, b) => a + b, 0),
      shards.map(weightOf),
    );
    const members = shards.map((shard, at) => ({
      primary: shard.primary,
      slots: shard.slots,
      balance: (sizes[at] ?? 0) - (expected[at] ?? 0),
    }));
    const off = members.some((_, at) => isOff(sizes[at] ?? 0, expected[at] ?? 0, threshold));
    return {
      transfers: off ? level(members) : [],
      shares: members.map(({ primary }, at) => ({
        primary,
        slots: sizes[at] ?? 0,
        expected: expected[at] ?? 0,
      })),
    };
  });
}

function unfitWeights(
  picture: ClusterPicture,
  weights: ReadonlyMap<NodeId, number>,
  all: readonly number[],
): readonly ChangeRefusal[] {
  const bad = [...weights].filter(([, weight]) => !Number.isFinite(weight) || weight < 0);
  return [
    ...[...weights.keys()].flatMap((id) => notPrimary(picture, id)),
    ...bad.map(([node, weight]) => ({
      code: 'weight-invalid' as const,
      node,
      fact: `the weight of ${node} is ${weight}`,
      needs: 'a number that is not negative',
    })),
    ...(all.some((weight) => weight > 0)
      ? []
      : [
          { code: 'weight-invalid' as const, fact: 'all weights are 0', needs: 'a primary that keeps slots' },
        ]),
  ];
}

/** As redis-cli measures: against what the primary has, not against what it should have. */
function isOff(slots: number, expected: number, threshold: number): boolean {
  if (slots === 0) return expected > 1;
  return Math.abs(100 - (100 * expected) / slots) > threshold;
}

interface Member {
  readonly primary: NodeId;
  readonly slots: SlotSet;
  /** How many it has too many; negative: too few. */
  readonly balance: number;
}

/** Always from the one that has most too many to the one that lacks most. */
function level(members: readonly Member[]): readonly SlotTransfer[] {
  let current = members;
  const transfers: SlotTransfer[] = [];
  for (;;) {
    const sorted = current.toSorted((a, b) => a.balance - b.balance || compareNames(a.primary, b.primary));
    const [to, from] = [sorted[0], sorted.at(-1)];
    if (to === undefined || from === undefined || to.balance >= 0 || from.balance <= 0) return transfers;
    const count = Math.min(-to.balance, from.balance);
    const given = firstSlots(from.slots, count);
    transfers.push({ from: from.primary, to: to.primary, slots: listSlots(given) });
    current = current.map((member) =>
      member === from
        ? { ...from, slots: minusSlots(from.slots, given), balance: from.balance - count }
        : member === to
          ? { ...to, balance: to.balance + count }
          : member,
    );
  }
}
