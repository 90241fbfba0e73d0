/**
 * Repairs slots until nothing is to be repaired: looks, counts keys where core asks for it, carries out what core plans, and
 * looks again. So it is also resumed: by being run again.
 */
import type { Call, Clock } from '../../core/clock.ts';
import type { ChangeRefusal, Planned } from '../../core/shards/change-refusal.ts';
import type { NodeId } from '../../core/shards/cluster-view.ts';
import { fixSlots, slotsToCount } from '../../core/shards/fix-slots.ts';
import { pictureCluster } from '../../core/shards/picture-cluster.ts';
import type { SlotRepair } from '../../core/shards/slot-repair.ts';
import { listSlots } from '../../core/shards/slots.ts';
import { askNodes, type ClusterNodes, chosen, readViews } from './cluster-nodes.ts';
import type { KeyMoveOptions } from './move-keys.ts';
import { type RepairStuck, repairSlots } from './repair-slots.ts';

export interface FixOptions extends KeyMoveOptions {
  /** Of a key that two nodes have, and not the same, the one of the node that gives its keys stays. */
  readonly replace?: boolean;
  /** See core's FixQuestion: loses what only the silent primaries have. */
  readonly withoutUnreachable?: boolean;
  readonly onRepaired?: (repair: SlotRepair) => void;
}

export interface FixParts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
}

export type FixOutcome =
  | { readonly ok: true; readonly repairs: readonly SlotRepair[] }
  | {
      readonly ok: false;
      readonly refusals: readonly ChangeRefusal[];
      readonly stuck: readonly RepairStuck[];
    };

const lookMs = 2_000;
/** Nodes hear of each repair within a second or so; each round finds fewer. */
const rounds = 20;
const restMs = 250;
const countedAtOnce = 1_000;

export async function planFix(
  { nodes }: Pick<FixParts, 'nodes'>,
  { withoutUnreachable = false }: Pick<FixOptions, 'withoutUnreachable'>,
  call: Call,
): Promise<Planned<readonly SlotRepair[]>> {
  const look: Call = { ...call, deadlineMs: Math.min(call.deadlineMs, lookMs) };
  const { views } = await readViews(nodes, look);
  const picture = pictureCluster(views);
  const slots = listSlots(slotsToCount({ picture, views, withoutUnreachable }));
  const primaries = picture.shards
    .map(({ primary }) => primary)
    .filter((id) => !picture.unasked.includes(id));
  const counts = await countKeys(chosen(nodes, primaries), slots, call);
  const keys = (node: NodeId, slot: number): number => counts.get(node)?.get(slot) ?? 0;
  return fixSlots({ picture, views, keys, withoutUnreachable });
}

export async function fixCluster(options: FixOptions, parts: FixParts, call: Call): Promise<FixOutcome> {
  const repairs: SlotRepair[] = [];
  for (let round = 0; ; round += 1) {
    const planned = await planFix(parts, options, call);
    if (!planned.ok) return { ok: false, refusals: planned.refusals, stuck: [] };
    if (planned.plan.length === 0) return { ok: true, repairs };
    if (round > 0) await parts.clock.sleep(restMs, call.signal);
    const { onRepaired } = options;
    const stuck = await repairSlots(
      planned.plan,
      { ...parts, options, ...(onRepaired === undefined ? {} : { onRepaired }) },
      call,
    );
    repairs.push(...planned.plan.filter((repair) => !stuck.some((it) => it.repair === repair)));
    if (stuck.length > 0 || round >= rounds) {
      const code = 'slots-open';
      const slots = planned.plan.map(({ slot }) => slot).join(' ');
      const refusals: readonly ChangeRefusal[] =
        stuck.length > 0
          ? []
          : [
              {
                code,
                fact: `slots are not as they should be after repair: ${slots}`,
                needs: 'nodes that hear each other',
              },
            ];
      return { ok: false, refusals, stuck };
    }
  }
}

async function countKeys(
  nodes: ClusterNodes,
  slots: readonly number[],
  call: Call,
): Promise<ReadonlyMap<NodeId, ReadonlyMap<number, number>>> {
  const { answers, silent } = await askNodes(
    nodes,
    async (node) => {
      const counts = new Map<number, number>();
      for (let at = 0; at < slots.length; at += countedAtOnce) {
        const some = slots.slice(at, at + countedAtOnce);
        const found = await node.countKeysInSlots(some, call);
        for (const [index, slot] of some.entries()) counts.set(slot, found[index] ?? 0);
      }
      return counts;
    },
    call,
  );
  // Keys that were not counted would be taken for none.
  for (const fault of silent.values()) throw fault;
  return answers;
}
