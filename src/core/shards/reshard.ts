/** Gives a number of slots from some primaries, or from all, to one (redis.md §4, reshard). */
import { compareNames } from '../compare-names.ts';
import { apportion } from './apportion.ts';
import { type ChangeRefusal, type Planned, planUnless, unfitForChange } from './change-refusal.ts';
import type { ClusterPicture, Shard } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import type { SlotTransfer } from './slot-action.ts';
import { countSlots, firstSlots, listSlots } from './slots.ts';

export interface ReshardQuestion {
  readonly picture: ClusterPicture;
  /** `all`: every other primary that has slots. */
  readonly from: readonly NodeId[] | 'all';
  readonly to: NodeId;
  readonly slots: number;
}

/** Each source gives in proportion to what it has, its lowest slots first. */
export function planReshard({ picture, from, to, slots }: ReshardQuestion): Planned<readonly SlotTransfer[]> {
  const sources = picture.shards
    .filter((shard) => shard.primary !== to && shard.slots.length > 0)
    .filter((shard) => from === 'all' || from.includes(shard.primary))
    .sort((a, b) => countSlots(b.slots) - countSlots(a.slots) || compareNames(a.primary, b.primary));
  const sizes = sources.map((shard) => countSlots(shard.slots));
  const available = sizes.reduce((a, b) => a + b, 0);
  const refusals: readonly ChangeRefusal[] = [
    ...unfitForChange(picture),
    ...[to, ...(from === 'all' ? [] : from)].flatMap((id) => notPrimary(picture, id)),
    ...(Number.isInteger(slots) && slots >= 1 && slots <= available
      ? []
      : [
          {
            code: 'too-few-slots' as const,
            fact: `${slots} slots are to be given, and the sources have ${available}`,
            needs: `a number from 1 to ${available}`,
          },
        ]),
  ];
  return planUnless(refusals, () => {
    const parts = apportion(slots, sizes);
    return sources.flatMap((shard, at) => transfer(shard, to, parts[at] ?? 0));
  });
}

function transfer(shard: Shard, to: NodeId, count: number): readonly SlotTransfer[] {
  return count === 0 ? [] : [{ from: shard.primary, to, slots: listSlots(firstSlots(shard.slots, count)) }];
}

export function notPrimary(picture: ClusterPicture, id: NodeId): readonly ChangeRefusal[] {
  if (picture.shards.some((shard) => shard.primary === id)) {
    return picture.unasked.includes(id)
      ? [
          {
            code: 'node-unreachable',
            node: id,
            fact: `${id} does not answer`,
            needs: 'a primary that answers',
          },
        ]
      : [];
  }
  return picture.nodes.some((node) => node.id === id)
    ? [{ code: 'not-a-primary', node: id, fact: `${id} is a replica`, needs: 'a primary' }]
    : [
        {
          code: 'unknown-node',
          node: id,
          fact: `${id} is not in the cluster`,
          needs: 'a node of the cluster',
        },
      ];
}
