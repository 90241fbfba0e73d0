/** How one slot is repaired, from what each primary says of it and has of it. A table: the first row that fits is taken. */
import { compareNames } from '../compare-names.ts';
import type { NodeId } from './cluster-view.ts';
import type { SlotWord } from './next-slot-action.ts';
import type { SlotAction } from './slot-action.ts';

export interface SlotState {
  readonly slot: number;
  readonly nodes: readonly SlotHolder[];
}

/** A primary that answers. */
export interface SlotHolder {
  readonly id: NodeId;
  readonly word: SlotWord;
  /** Of this slot. */
  readonly keys: number;
  /** How many slots it owns in all. */
  readonly owned: number;
}

/**
 * `finish`: the move goes on to its end. `close`: the move is forgotten, the owner keeps the slot. `gather`: what others have
 * goes to the owner. `claim-empty`: nobody has keys of it, a primary gets it. `claim-keys`: the one with the most keys gets
 * it. `settle`: of several owners the one with the most keys keeps it. `tell`: some only need to hear who owns it.
 */
export type RepairKind = 'finish' | 'close' | 'gather' | 'claim-empty' | 'claim-keys' | 'settle' | 'tell';

export interface SlotRepair {
  readonly slot: number;
  readonly how: RepairKind;
  /** Who has it in the end. */
  readonly owner: NodeId;
  readonly because: string;
  /** After a crash the slot is looked at anew, and what it needs then is planned anew. */
  readonly actions: readonly SlotAction[];
}

interface Sorted extends SlotState {
  /** By their own words. */
  readonly owners: readonly SlotHolder[];
  /** Those of which it goes away by their own words. */
  readonly migrating: readonly SlotHolder[];
  /** Others that import it, or have keys of it without owning it. */
  readonly importing: readonly SlotHolder[];
}

interface RepairRule {
  readonly when: (state: Sorted) => boolean;
  readonly repair: (state: Sorted) => Omit<SlotRepair, 'slot'> | undefined;
}

/** The numbers are the cases of redis.md §4. */
const rules: readonly RepairRule[] = [
  {
    when: ({ owners }) => owners.length > 1,
    repair: (state) => take(state, 'settle', `${state.owners.length} nodes own it`),
  },
  {
    when: ({ owners }) => owners.length === 0,
    repair: (state) => {
      const holders = state.nodes.filter((node) => node.keys > 0);
      return holders.length === 0
        ? take(state, 'claim-empty', 'nobody owns it and nobody has keys of it')
        : take(state, 'claim-keys', `nobody owns it, ${holders.length} have keys of it`);
    },
  },
  {
    // Case 1.
    when: ({ owners: [owner], migrating, importing }) =>
      migrating.length === 1 &&
      importing.length === 1 &&
      migrating[0] === owner &&
      isTarget(migrating[0], importing[0]),
    repair: ({ slot, nodes, migrating: [from], importing: [to] }) =>
      from && to && finish({ slot, nodes, from, to, because: 'it was half-way between two nodes' }),
  },
  {
    // Case 3: where it was to go can still be told.
    when: ({ owners: [owner], migrating, importing }) =>
      migrating.length === 1 &&
      migrating[0] === owner &&
      importing.length > 1 &&
      importing.every((node) => node.keys === 0) &&
      importing.some((node) => isTarget(owner, node)),
    repair: ({ slot, nodes, importing, migrating: [from] }) => {
      const to = importing.find((node) => isTarget(from, node));
      if (from === undefined || to === undefined) return undefined;
      const others = importing.filter((node) => node !== to);
      const done = finish({
        slot,
        nodes,
        from,
        to,
        because: `${importing.length} nodes import it, none has keys of it`,
      });
      return { ...done, actions: [...others.map((node) => stable(node, slot)), ...done.actions] };
    },
  },
  {
    // Cases 3 and 4, and an owner that imports.
    when: ({ importing, nodes }) => importing.every((node) => node.keys === 0) && nodes.some(isOpen),
    repair: ({ slot, nodes, owners: [owner] }) =>
      owner && {
        how: 'close',
        owner: owner.id,
        because: 'it is open, and all its keys are at its owner',
        actions: [...nodes.filter(isOpen).map((node) => stable(node, slot)), ...telling(slot, owner, nodes)],
      },
  },
  {
    // Case 2, and whatever else there may be.
    when: ({ importing }) => importing.length > 0,
    repair: (state) => take(state, 'gather', 'keys of it lie at nodes that do not own it'),
  },
  {
    when: ({ owners: [owner], nodes }) =>
      owner !== undefined && nodes.some((node) => node.word.owner !== owner.id),
    repair: ({ slot, owners: [owner], nodes }) =>
      owner && {
        how: 'tell',
        owner: owner.id,
        because: 'some nodes do not know its owner',
        actions: telling(slot, owner, nodes),
      },
  },
];

/** Undefined: nothing is wrong with it. */
export function repairSlot(state: SlotState): SlotRepair | undefined {
  const owners = state.nodes.filter((node) => node.word.owner === node.id);
  const sorted: Sorted = {
    ...state,
    owners,
    migrating: state.nodes.filter((node) => node.word.migratingTo !== undefined),
    importing: state.nodes.filter(
      (node) => !owners.includes(node) && (node.word.importingFrom !== undefined || node.keys > 0),
    ),
  };
  const repair = rules.find((rule) => rule.when(sorted))?.repair(sorted);
  return repair && { slot: state.slot, ...repair };
}

const isOpen = ({ word }: SlotHolder): boolean =>
  word.migratingTo !== undefined || word.importingFrom !== undefined;
const isTarget = (from: SlotHolder | undefined, to: SlotHolder | undefined): boolean =>
  from !== undefined && to !== undefined && from.word.migratingTo === to.id;
const stable = ({ id }: SlotHolder, slot: number): SlotAction => ({ act: 'set-stable', at: id, slot });

function telling(slot: number, owner: SlotHolder, nodes: readonly SlotHolder[]): readonly SlotAction[] {
  return nodes
    .filter((node) => node !== owner && node.word.owner !== owner.id)
    .map((node) => ({ act: 'set-owner', at: node.id, slot, owner: owner.id }));
}

interface Way {
  readonly slot: number;
  readonly nodes: readonly SlotHolder[];
  readonly from: SlotHolder;
  readonly to: SlotHolder;
  readonly because: string;
}

/** In the order of `next-slot-action.ts`. */
function finish({ slot, nodes, from, to, because }: Way): Omit<SlotRepair, 'slot'> {
  const others = nodes.filter((node) => node !== from && node !== to);
  return {
    how: 'finish',
    owner: to.id,
    because,
    actions: [
      // One that knows no owner takes no keys, even if it imports.
      ...(to.word.owner === undefined
        ? [{ act: 'set-owner' as const, at: to.id, slot, owner: from.id }]
        : []),
      ...(to.word.importingFrom === from.id
        ? []
        : [{ act: 'set-importing' as const, at: to.id, slot, from: from.id }]),
      ...(from.keys > 0 ? [{ act: 'move-keys' as const, slot, from: from.id, to: to.id }] : []),
      { act: 'set-owner', at: to.id, slot, owner: to.id },
      { act: 'set-owner', at: from.id, slot, owner: to.id },
      ...telling(slot, to, others),
    ],
  };
}

/**
 * One gets it, and all the keys. The others import before it claims: a node that loses a slot to a larger epoch deletes the
 * keys, but for a slot that it imports (redis.md §1.9, 9). They also have to know an owner, or they let go of no key.
 */
function take(state: Sorted, how: RepairKind, because: string): Omit<SlotRepair, 'slot'> | undefined {
  const { slot, nodes } = state;
  const [owner] = (state.owners.length > 0 ? state.owners : nodes).toSorted(
    (a, b) => b.keys - a.keys || a.owned - b.owned || compareNames(a.id, b.id),
  );
  if (owner === undefined) return undefined;
  const claims = how !== 'gather';
  const others = nodes.filter((node) => node !== owner);
  const holders = others.filter((node) => node.keys > 0);
  return {
    how,
    owner: owner.id,
    because,
    actions: [
      ...others.flatMap((node) => prepare(node, owner, slot)),
      ...(claims
        ? [{ act: 'claim' as const, at: owner.id, slot }]
        : isOpen(owner)
          ? [stable(owner, slot)]
          : []),
      ...holders.map(({ id }) => ({ act: 'move-keys' as const, slot, from: id, to: owner.id })),
      ...others.filter((node) => node.keys > 0 || isOpen(node)).map((node) => stable(node, slot)),
    ],
  };
}

function prepare({ id, word, keys }: SlotHolder, owner: SlotHolder, slot: number): readonly SlotAction[] {
  const knows = word.owner === owner.id;
  return [
    ...(word.owner === id ? [{ act: 'disown' as const, at: id, slot }] : []),
    ...(knows ? [] : [{ act: 'set-owner' as const, at: id, slot, owner: owner.id }]),
    ...(keys > 0 && word.importingFrom !== owner.id
      ? [{ act: 'set-importing' as const, at: id, slot, from: owner.id }]
      : []),
  ];
}
