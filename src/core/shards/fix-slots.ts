/**
 * Repairs slots that belong to nobody, to several, or are stuck half-way: what `redis-cli --cluster fix` does (redis.md §4),
 * and what it leaves undone. Every half state has its repair: at the worst all keys are gathered at one owner.
 */
import { compareNames } from '../compare-names.ts';
import { listing } from '../wording.ts';
import type { ChangeRefusal, Planned } from './change-refusal.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import type { ClusterView, NodeId } from './cluster-view.ts';
import { slotWords } from './next-slot-action.ts';
import type { SlotAction } from './slot-action.ts';
import { repairSlot, type SlotRepair, type SlotState } from './slot-repair.ts';
import { countSlots, listSlots, type SlotSet, slotsOf, unionSlots } from './slots.ts';

export interface FixQuestion {
  readonly picture: ClusterPicture;
  readonly views: readonly ClusterView[];
  /** `COUNTKEYSINSLOT` of the slots that `slotsToCount` names, at every primary that answers. */
  readonly keys: (node: NodeId, slot: number) => number;
  /** The slots of primaries that do not answer are given to others: what only those have is lost. */
  readonly withoutUnreachable?: boolean;
}

/** The slots whose keys have to be counted before they can be repaired. */
export function slotsToCount(
  question: Pick<FixQuestion, 'picture' | 'views' | 'withoutUnreachable'>,
): SlotSet {
  const { picture, withoutUnreachable = false } = question;
  const lost = picture.shards
    .filter((shard) => withoutUnreachable && picture.unasked.includes(shard.primary))
    .map((shard) => shard.slots);
  const contested = picture.disagreements.flatMap((found) => (found.fact === 'owner' ? [found.slots] : []));
  return unionSlots(picture.unassigned, slotsOf(picture.open.map(({ slot }) => slot)), ...lost, ...contested);
}

/** Slots that are open come first: what they need may be undone by the rest. Empty: nothing is to be repaired. */
export function fixSlots(question: FixQuestion): Planned<readonly SlotRepair[]> {
  const { picture, views, keys } = question;
  const silent = picture.quorum.voters.filter((id) => !picture.quorum.answering.includes(id));
  if (silent.length > 0 && question.withoutUnreachable !== true) {
    return refuse({
      code: 'node-unreachable',
      fact: `${listing(silent)} ${silent.length === 1 ? 'does' : 'do'} not answer, and may have keys of these slots`,
      needs: 'all primaries, or that what only these have may be lost',
    });
  }
  const primaries = picture.shards
    .map((shard) => shard.primary)
    .filter((id) => !picture.unasked.includes(id));
  if (primaries.length === 0) {
    return refuse({ code: 'no-primary', fact: 'no primary answers', needs: 'a primary that can own slots' });
  }
  const open = new Set(picture.open.map(({ slot }) => slot));
  const slots = listSlots(slotsToCount(question));
  const owned = new Map(picture.shards.map((shard) => [shard.primary, countSlots(shard.slots)]));
  const repairs: SlotRepair[] = [];
  for (const slot of [...slots.filter((it) => open.has(it)), ...slots.filter((it) => !open.has(it))]) {
    const repair = repairSlot(stateOf(slot, { views, primaries, keys, owned }));
    if (repair === undefined) continue;
    repairs.push(repair);
    if (repair.how === 'claim-empty') owned.set(repair.owner, (owned.get(repair.owner) ?? 0) + 1);
  }
  return { ok: true, plan: repairs };
}

const refuse = (refusal: ChangeRefusal): Planned<readonly SlotRepair[]> => ({
  ok: false,
  refusals: [refusal],
});

interface Sight {
  readonly views: readonly ClusterView[];
  readonly primaries: readonly NodeId[];
  readonly keys: FixQuestion['keys'];
  readonly owned: ReadonlyMap<NodeId, number>;
}

function stateOf(slot: number, { views, primaries, keys, owned }: Sight): SlotState {
  const words = slotWords(views, slot);
  return {
    slot,
    nodes: primaries.flatMap((id) => {
      const word = words.get(id);
      return word === undefined ? [] : [{ id, word, keys: keys(id, slot), owned: owned.get(id) ?? 0 }];
    }),
  };
}

/** In the order in which they are done. */
export function actionsOf(repairs: readonly SlotRepair[]): readonly SlotAction[] {
  return repairs.flatMap((repair) => repair.actions);
}

/** `claim-empty 5461, close 1`: what is done how often. */
export function summarizeRepairs(repairs: readonly SlotRepair[]): string {
  const counts = new Map<string, number>();
  for (const { how } of repairs) counts.set(how, (counts.get(how) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => compareNames(a, b))
    .map(([how, count]) => `${how} ${count}`)
    .join(', ');
}
