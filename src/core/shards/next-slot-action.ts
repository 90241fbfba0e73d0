/**
 * The next action of a slot's move, from what the nodes say now: whoever asks after a crash goes on where it stopped. The
 * order is that of redis.md §4 (slot move): the target owns the slot before the source gives it up, so that at no time
 * nobody owns it.
 */
import { type ClusterView, hasFlag, isVoter, lastWords, type NodeId, selfIn } from './cluster-view.ts';
import type { SlotAction, SlotMove } from './slot-action.ts';
import { containsSlot } from './slots.ts';

/** What one primary says of one slot. */
export interface SlotWord {
  /** It is a primary itself. */
  readonly primary: boolean;
  /** Absent: to it nobody owns the slot. */
  readonly owner?: NodeId;
  readonly migratingTo?: NodeId;
  readonly importingFrom?: NodeId;
}

export interface SlotMoveState extends SlotMove {
  /** Of all primaries that answer. */
  readonly words: ReadonlyMap<NodeId, SlotWord>;
  /** Keys of the slot at the source; counted after the words were taken, or a key made in between is left behind. */
  readonly keysLeft: number;
}

export type NextSlotAction =
  | { readonly kind: 'act'; readonly action: SlotAction }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'stuck';
      /**
       * `source-silent`, `target-silent`: it does not answer. `source-replaced`, `target-replaced`: it is no primary any
       * more. `other-owner`: by the word of `node`, a third one owns the slot. `other-move`: by its word, the slot is on its
       * way somewhere else.
       */
      readonly because:
        | 'source-silent'
        | 'target-silent'
        | 'source-replaced'
        | 'target-replaced'
        | 'other-owner'
        | 'other-move';
      readonly node: NodeId;
    };

export function nextSlotAction(state: SlotMoveState): NextSlotAction {
  const source = state.words.get(state.from);
  const target = state.words.get(state.to);
  if (source === undefined) return stuck('source-silent', state.from);
  if (target === undefined) return stuck('target-silent', state.to);
  // A primary that has lost its last slot may become a replica of the one that took it (redis.md §1.8).
  const gone = !source.primary && state.keysLeft === 0 && target.owner === state.to;
  if (!source.primary && !gone) return stuck('source-replaced', state.from);
  if (!target.primary) return stuck('target-replaced', state.to);
  const hindrance = hindranceOf(state, source, target);
  if (hindrance !== undefined) return hindrance;
  const action =
    openAction(state, source, target) ??
    (gone ? undefined : closeAtSource(state, source)) ??
    tellOthers(state);
  return action === undefined ? { kind: 'done' } : { kind: 'act', action };
}

function stuck(because: Extract<NextSlotAction, { kind: 'stuck' }>['because'], node: NodeId): NextSlotAction {
  return { kind: 'stuck', because, node };
}

function hindranceOf(
  { from, to, words }: SlotMoveState,
  source: SlotWord,
  target: SlotWord,
): NextSlotAction | undefined {
  const ours = (owner: NodeId | undefined): boolean => owner === undefined || owner === from || owner === to;
  if (!ours(source.owner)) return stuck('other-owner', from);
  if (!ours(target.owner)) return stuck('other-owner', to);
  if (source.migratingTo !== undefined && source.migratingTo !== to) return stuck('other-move', from);
  if (target.importingFrom !== undefined && target.importingFrom !== from) return stuck('other-move', to);
  if (target.migratingTo !== undefined && target.migratingTo !== from) return stuck('other-move', to);
  // Keys come to it from a third node, which may have more of them.
  if (source.importingFrom !== undefined && source.importingFrom !== to) return stuck('other-move', from);
  for (const [id, word] of words) {
    if (id === from || id === to || !word.primary) continue;
    if (word.owner === id) return stuck('other-owner', id);
    if (word.importingFrom !== undefined) return stuck('other-move', id);
  }
  return undefined;
}

/** Up to the moment at which the target owns the slot and the source has no key of it left. */
function openAction(state: SlotMoveState, source: SlotWord, target: SlotWord): SlotAction | undefined {
  const { slot, from, to, keysLeft } = state;
  // The opposite move was under way: it ends here.
  if (target.migratingTo !== undefined) return { act: 'set-stable', at: to, slot };
  // Where a slot is nobody's, not even an importing node takes its keys (CLUSTERDOWN Hash slot not served).
  if (target.owner === undefined) return { act: 'set-owner', at: to, slot, owner: from };
  if (target.owner !== to && target.importingFrom !== from) {
    return { act: 'set-importing', at: to, slot, from };
  }
  if (source.owner === from && source.migratingTo !== to) {
    return { act: 'set-migrating', at: from, slot, to };
  }
  if (keysLeft > 0) {
    // A node lets keys go from an open slot only, and one that does not own the slot opens it by importing.
    if (source.owner === undefined) return { act: 'set-owner', at: from, slot, owner: to };
    return source.owner === to && source.importingFrom !== to
      ? { act: 'set-importing', at: from, slot, from: to }
      : { act: 'move-keys', slot, from, to };
  }
  // An owner that says both came back from a crash: told again, it forgets that it imports.
  const known = target.owner === to && target.importingFrom === undefined;
  return known ? undefined : { act: 'set-owner', at: to, slot, owner: to };
}

function closeAtSource({ slot, from, to }: SlotMove, source: SlotWord): SlotAction | undefined {
  if (source.owner !== to) return { act: 'set-owner', at: from, slot, owner: to };
  return source.migratingTo !== undefined || source.importingFrom !== undefined
    ? { act: 'set-stable', at: from, slot }
    : undefined;
}

/** They would hear of it from the target; told now, they do not send clients the wrong way until then. */
function tellOthers({ slot, from, to, words }: SlotMoveState): SlotAction | undefined {
  for (const [id, word] of words) {
    if (id === from || id === to || !word.primary || word.owner === to) continue;
    return { act: 'set-owner', at: id, slot, owner: to };
  }
  return undefined;
}

/** The words of the primaries, and of those that are no longer, by their own views. */
export function slotWords(views: readonly ClusterView[], slot: number): ReadonlyMap<NodeId, SlotWord> {
  return new Map(
    lastWords(views).map((view): [NodeId, SlotWord] => {
      const self = selfIn(view);
      const owner = view.nodes.find((node) => isVoter(node) && containsSlot(node.slots, slot))?.id;
      const to = self?.migrating.find((it) => it.slot === slot)?.to;
      const from = self?.importing.find((it) => it.slot === slot)?.from;
      return [
        view.by,
        {
          primary: self !== undefined && hasFlag(self, 'primary'),
          ...(owner === undefined ? {} : { owner }),
          ...(to === undefined ? {} : { migratingTo: to }),
          ...(from === undefined ? {} : { importingFrom: from }),
        },
      ];
    }),
  );
}
