/** Carries out core's slot actions but for the moving of keys (move-keys.ts). */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { nodeIn } from '../../core/shards/cluster-view.ts';
import type { SlotAction } from '../../core/shards/slot-action.ts';
import { containsSlot, unionSlots } from '../../core/shards/slots.ts';
import type { Command, Reply } from '../resp/resp-connection.ts';
import type { ClusterNodeLink } from './cluster-node.ts';

export type PlainSlotAction = Extract<
  SlotAction,
  { act: 'set-importing' | 'set-migrating' | 'set-owner' | 'set-stable' }
>;

export function isPlain(action: SlotAction): action is PlainSlotAction {
  return action.act.startsWith('set-');
}

export function slotCommand(action: PlainSlotAction): Command {
  switch (action.act) {
    case 'set-importing':
      return ['CLUSTER', 'SETSLOT', action.slot, 'IMPORTING', action.from];
    case 'set-migrating':
      return ['CLUSTER', 'SETSLOT', action.slot, 'MIGRATING', action.to];
    case 'set-owner':
      return ['CLUSTER', 'SETSLOT', action.slot, 'NODE', action.owner];
    case 'set-stable':
      return ['CLUSTER', 'SETSLOT', action.slot, 'STABLE'];
  }
}

/** In one transaction, so that at no moment a slot is nobody's to the clients of this node. */
export async function claimSlots(node: ClusterNodeLink, slots: readonly number[], call: Call): Promise<void> {
  const view = await node.view(call);
  const own = nodeIn(view, view.by)?.slots ?? [];
  const taken = slots.filter((slot) => !containsSlot(own, slot));
  const given = unionSlots(...view.nodes.map((each) => each.slots));
  const elsewhere = taken.filter((slot) => containsSlot(given, slot));
  const commands: readonly Command[] = [
    ['MULTI'],
    ...(elsewhere.length > 0 ? [['CLUSTER', 'DELSLOTS', ...elsewhere] as const] : []),
    ...(taken.length > 0 ? [['CLUSTER', 'ADDSLOTS', ...taken] as const] : []),
    ...slots.map((slot) => ['CLUSTER', 'SETSLOT', slot, 'STABLE'] as const),
    ['CLUSTER', 'BUMPEPOCH'],
    ['EXEC'],
  ];
  assertAllDone((await node.send('claim slots', commands, call)).at(-1));
}

/** What fails within a transaction fails alone, and its error is an element of the answer. */
function assertAllDone(reply: Reply | undefined): void {
  const all: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const failed = all.find((each) => each instanceof Error);
  if (failed instanceof Error) {
    throw new Fault('statement-failed', `claim slots: ${failed.message}`, { cause: failed });
  }
}
