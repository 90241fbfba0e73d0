/**
 * Carries out repairs of slots. Those in which no key moves go side by side, some dozens at a time: a dead shard without a
 * replica leaves thousands.
 */
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { NodeId } from '../../core/shards/cluster-view.ts';
import type { SlotAction } from '../../core/shards/slot-action.ts';
import type { SlotRepair } from '../../core/shards/slot-repair.ts';
import { slotsOf } from '../../core/shards/slots.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import { linkOf } from './membership.ts';
import { type KeyMoveOptions, type KeysMoved, moveKeys } from './move-keys.ts';
import { Pace } from './pace.ts';
import { claimSlots, isPlain, slotCommand } from './slot-commands.ts';

export interface RepairParts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
  readonly options: KeyMoveOptions & { readonly replace?: boolean };
  readonly onRepaired?: (repair: SlotRepair) => void;
}

export interface RepairStuck {
  readonly repair: SlotRepair;
  readonly because: Extract<KeysMoved, { ok: false }>['because'];
  readonly keys: readonly string[];
}

const atOnce = 64;
const stepMs = 5_000;

/** Those that cannot be done without a person; all others are done. */
export async function repairSlots(
  repairs: readonly SlotRepair[],
  parts: RepairParts,
  call: Call,
): Promise<readonly RepairStuck[]> {
  const step: Call = { ...call, deadlineMs: Math.min(call.deadlineMs, stepMs) };
  const stuck: RepairStuck[] = [];
  await prepareSlots(repairs, parts, call);
  for (const repair of repairs.filter(movesKeys)) {
    const found = await repairAlone(repair, parts, step);
    if (found === undefined) parts.onRepaired?.(repair);
    else stuck.push(found);
  }
  return stuck;
}

/**
 * All that moves no keys: while to a node one slot is a dead one's, it serves none, and gives no key away. What is left of
 * the others is planned anew.
 */
export async function prepareSlots(
  repairs: readonly SlotRepair[],
  parts: RepairParts,
  call: Call,
): Promise<void> {
  const step: Call = { ...call, deadlineMs: Math.min(call.deadlineMs, stepMs) };
  const others = repairs.filter((repair) => !movesKeys(repair));
  for (let at = 0; at < others.length; at += atOnce) {
    const some = others.slice(at, at + atOnce);
    await repairTogether(some, parts, step);
    for (const repair of some) parts.onRepaired?.(repair);
  }
  await repairTogether(repairs.filter(movesKeys).map(untilKeys), parts, step);
}

const movesKeys = ({ actions }: SlotRepair): boolean => actions.some(({ act }) => act === 'move-keys');

/** What is done before the first key moves. */
const untilKeys = ({ actions }: SlotRepair): Pick<SlotRepair, 'actions'> => ({
  actions: actions.slice(
    0,
    actions.findIndex(({ act: kind }) => kind === 'move-keys'),
  ),
});

async function repairAlone(
  repair: SlotRepair,
  parts: RepairParts,
  call: Call,
): Promise<RepairStuck | undefined> {
  for (const action of repair.actions.slice(untilKeys(repair).actions.length)) {
    call.signal.throwIfAborted();
    if (action.act !== 'move-keys') {
      await act([action], parts, call);
      continue;
    }
    const moved = await moveKeys(
      {
        slot: action.slot,
        replace: action.replace === true || parts.options.replace === true,
        closed: false,
      },
      {
        source: linkOf(parts, action.from),
        target: linkOf(parts, action.to),
        clock: parts.clock,
        pace: new Pace(parts.options),
        options: parts.options,
        sent: new Set(),
      },
      call,
    );
    if (!moved.ok) return { repair, because: moved.because, keys: moved.keys };
  }
  return undefined;
}

/** The first action of each, then the second of each, and so on: the order within a slot is kept. */
async function repairTogether(
  repairs: readonly Pick<SlotRepair, 'actions'>[],
  parts: RepairParts,
  call: Call,
): Promise<void> {
  const longest = Math.max(0, ...repairs.map(({ actions }) => actions.length));
  for (let at = 0; at < longest; at += 1) {
    call.signal.throwIfAborted();
    await act(
      repairs.flatMap(({ actions }) => actions[at] ?? []),
      parts,
      call,
    );
  }
}

type UnmovingAction = Exclude<SlotAction, { act: 'move-keys' }>;

/** Of different slots. */
async function act(actions: readonly SlotAction[], parts: RepairParts, call: Call): Promise<void> {
  const nodes = Map.groupBy(actions.filter(isUnmoving), (action): NodeId => action.at);
  await Promise.all(
    [...nodes].map(async ([id, some]) => {
      const node = linkOf(parts, id);
      const disowned = some.filter(({ act: kind }) => kind === 'disown').map(({ slot }) => slot);
      if (disowned.length > 0) await node.delSlots(slotsOf(disowned), call);
      const plain = some.filter(isPlain).map(slotCommand);
      if (plain.length > 0) await node.send('repair slots', plain, call);
      const claimed = some.filter(({ act: kind }) => kind === 'claim').map(({ slot }) => slot);
      if (claimed.length > 0) await claimSlots(node, claimed, call);
    }),
  );
}

function isUnmoving(action: SlotAction): action is UnmovingAction {
  if (action.act === 'move-keys') throw new Fault('internal', 'keys are moved one slot at a time');
  return true;
}
