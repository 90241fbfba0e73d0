/**
 * Some slots of one source on their way at once, so that what is the same for all is one round trip. What comes next for
 * each is core's decision (next-slot-action.ts), from what the nodes said at first and have been told since.
 */
import type { Call } from '../../core/clock.ts';
import type { ClusterView, NodeId } from '../../core/shards/cluster-view.ts';
import {
  type NextSlotAction,
  nextSlotAction,
  type SlotWord,
  slotWords,
} from '../../core/shards/next-slot-action.ts';
import type { SlotAction, SlotMove } from '../../core/shards/slot-action.ts';
import { askNodes, type ClusterNodes, chosen } from './cluster-nodes.ts';
import type { KeysMoved } from './move-keys.ts';
import { type PlainSlotAction, slotCommand } from './slot-commands.ts';

export interface WindowParts {
  readonly nodes: ClusterNodes;
  readonly views: readonly ClusterView[];
  /** `closed`: the source makes no new keys in it. */
  readonly moveKeys: (move: SlotMove, closed: boolean, call: Call) => Promise<KeysMoved>;
  readonly onDone: (move: SlotMove) => void;
}

export interface SlotStuck {
  readonly move: SlotMove;
  readonly because:
    | Extract<NextSlotAction, { kind: 'stuck' }>['because']
    | Extract<KeysMoved, { ok: false }>['because'];
  readonly node: NodeId;
  readonly keys?: readonly string[];
}

interface Going {
  readonly move: SlotMove;
  readonly words: Map<NodeId, SlotWord>;
  keysLeft: number;
}

interface Step {
  readonly going: Going;
  readonly action: SlotAction;
}

/**
 * Returns those that cannot arrive, once all others have. Throws what a node answers; what was done until then, the nodes
 * know.
 */
export async function moveWindow(
  moves: readonly SlotMove[],
  parts: WindowParts,
  call: Call,
): Promise<readonly SlotStuck[]> {
  const stuck: SlotStuck[] = [];
  let going = await begin(moves, parts, call);
  while (going.length > 0) {
    const steps: Step[] = [];
    for (const each of going) {
      const next = nextSlotAction({ ...each.move, words: each.words, keysLeft: each.keysLeft });
      if (next.kind === 'stuck') stuck.push({ move: each.move, because: next.because, node: next.node });
      else if (next.kind === 'act') steps.push({ going: each, action: next.action });
      else parts.onDone(each.move);
    }
    const found = await take(steps, parts, call);
    stuck.push(...found);
    going = steps.map((step) => step.going).filter(({ move }) => !found.some((it) => it.move === move));
  }
  return stuck;
}

/** A fresh slot is taken to have keys: to move none costs no more than to count them. */
async function begin(
  moves: readonly SlotMove[],
  { nodes, views }: WindowParts,
  call: Call,
): Promise<readonly Going[]> {
  const going = moves.map(
    (move): Going => ({ move, words: new Map(slotWords(views, move.slot)), keysLeft: 1 }),
  );
  const from = moves[0]?.from;
  const source = from === undefined ? undefined : nodes.get(from);
  const known = going.filter((each) => !isFresh(each));
  const silent = !views.some((view) => view.by === from);
  if (source === undefined || silent || known.length === 0) return going;
  const counts = await source.countKeysInSlots(
    known.map(({ move }) => move.slot),
    call,
  );
  for (const [at, each] of known.entries()) each.keysLeft = counts[at] ?? 0;
  return going;
}

function isFresh({ move, words }: Going): boolean {
  const source = words.get(move.from);
  return source?.primary === true && source.owner === move.from && source.migratingTo === undefined;
}

/** One kind of step at a time: first those that open slots, so that all slots of the window go side by side. */
const order: readonly SlotAction['act'][] = [
  'set-stable',
  'set-importing',
  'set-migrating',
  'move-keys',
  'set-owner',
];

async function take(steps: readonly Step[], parts: WindowParts, call: Call): Promise<readonly SlotStuck[]> {
  const act = order.find((kind) => steps.some((step) => step.action.act === kind));
  const now = steps.filter((step) => step.action.act === act);
  if (act === 'move-keys') return moveAll(now, parts, call);
  const plain = now.flatMap(({ going, action }) =>
    'at' in action ? [{ going, action: action as PlainSlotAction }] : [],
  );
  const [others, ends] = [plain.filter(isForOthers), plain.filter((step) => !isForOthers(step))];
  await Promise.all(
    [...byNode(ends)].map(async ([id, some]) => {
      await parts.nodes.get(id)?.send(
        'move slots',
        some.map(({ action }) => slotCommand(action)),
        call,
      );
      for (const step of some) learn(step.going, step.action);
    }),
  );
  if (others.length > 0) await tellOthers(others, parts, call);
  return [];
}

interface PlainStep {
  readonly going: Going;
  readonly action: PlainSlotAction;
}

function byNode(steps: readonly PlainStep[]): ReadonlyMap<NodeId, readonly PlainStep[]> {
  const found = new Map<NodeId, PlainStep[]>();
  for (const step of steps) found.set(step.action.at, [...(found.get(step.action.at) ?? []), step]);
  return found;
}

async function moveAll(
  steps: readonly Step[],
  { moveKeys }: WindowParts,
  call: Call,
): Promise<readonly SlotStuck[]> {
  const stuck: SlotStuck[] = [];
  for (const { going } of steps) {
    const { move, words } = going;
    const moved = await moveKeys(move, words.get(move.from)?.migratingTo === move.to, call);
    if (moved.ok) going.keysLeft = 0;
    else stuck.push({ move, because: moved.because, node: move.to, keys: moved.keys });
  }
  return stuck;
}

const isForOthers = ({ going: { move }, action }: PlainStep): boolean =>
  action.at !== move.from && action.at !== move.to;

/** All at once. One that does not answer, or is no primary any more, will hear of it from the target. */
async function tellOthers(steps: readonly PlainStep[], { nodes }: WindowParts, call: Call): Promise<void> {
  const uninformed = (id: NodeId, { going: { move, words } }: PlainStep): boolean =>
    id !== move.from && id !== move.to && words.get(id)?.primary === true && words.get(id)?.owner !== move.to;
  const ids = steps.flatMap(({ going }) => [...going.words.keys()]);
  await askNodes(
    chosen(nodes, ids),
    async (node, id) => {
      const commands = steps
        .filter((step) => uninformed(id, step))
        .map(({ going: { move } }) =>
          slotCommand({ act: 'set-owner', at: id, slot: move.slot, owner: move.to }),
        );
      if (commands.length > 0) await node.send('move slots', commands, call);
    },
    call,
  );
  for (const { going } of steps) {
    for (const id of going.words.keys()) {
      if (id !== going.move.from && id !== going.move.to) going.words.delete(id);
    }
  }
}

/** What is true of the node once it has done so. SETSLOT NODE also closes what was open. */
function learn({ words }: Going, action: PlainSlotAction): void {
  const word = words.get(action.at) ?? { primary: true };
  const { migratingTo: _to, importingFrom: _from, ...closed } = word;
  switch (action.act) {
    case 'set-importing':
      return void words.set(action.at, { ...word, importingFrom: action.from });
    case 'set-migrating':
      return void words.set(action.at, { ...word, migratingTo: action.to });
    case 'set-owner':
      return void words.set(action.at, { ...closed, owner: action.owner });
    case 'set-stable':
      return void words.set(action.at, closed);
  }
}
