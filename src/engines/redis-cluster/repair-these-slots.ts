/**
 * Repairs some slots, so that one node has them in the end: what each needs is planned from what the nodes say now, again and
 * again until nothing is left. So it is also resumed.
 */
import type { Call, Clock } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { ShapeWork } from '../../core/shards/cluster-shaper.ts';
import type { SlotRepair } from '../../core/shards/slot-repair.ts';
import { containsSlot } from '../../core/shards/slots.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import { planFix } from './fix-cluster.ts';
import { prepareSlots, type RepairParts, repairSlots } from './repair-slots.ts';

export interface TheseSlotsParts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
  readonly options: RepairParts['options'];
}

type These = Extract<ShapeWork, { do: 'repair-slots' }>;

/** Nodes hear of a repair within a second or so. */
const restMs = 250;
const rounds = 20;

/** Why some are not repaired; undefined when all are. */
export async function repairTheseSlots(
  { slots, owner, withoutUnreachable }: These,
  parts: TheseSlotsParts,
  call: Call,
): Promise<string | undefined> {
  const left = countdown(parts.clock, call);
  for (let round = 0; ; round += 1) {
    const planned = await planFix(parts, { withoutUnreachable }, left());
    if (!planned.ok) return planned.refusals.map(({ fact, needs }) => `${fact}; needs ${needs}`).join('. ');
    const repairs = planned.plan.filter(({ slot }) => containsSlot(slots, slot));
    if (repairs.length === 0) return undefined;
    const other = repairs.find((repair) => repair.owner !== owner && repair.how !== 'claim-empty');
    if (other !== undefined) return `slot ${other.slot} would go to ${other.owner} now: ${other.because}`;
    if (round >= rounds) return `${slotList(repairs)} not as they should be after repair`;
    if (round > 0) await parts.clock.sleep(restMs, call.signal);
    // Those of other steps, too: one slot that is a dead node's keeps a node from giving keys of any.
    const rest = planned.plan.filter(({ slot }) => !containsSlot(slots, slot));
    await prepareSlots(rest, parts, left());
    const [stuck] = await repairSlots(repairs, parts, left());
    if (stuck !== undefined)
      return `slot ${stuck.repair.slot}: ${stuck.because} (${stuck.keys.slice(0, 3).join(', ')})`;
  }
}

const slotList = (repairs: readonly SlotRepair[]): string =>
  `slots ${repairs
    .slice(0, 10)
    .map(({ slot }) => slot)
    .join(' ')} are`;
