/**
 * One slot at several primaries, as real servers treat it: what SETSLOT refuses and does (cluster.c of Redis 7.0,
 * clusterCommand and getNodeByQuery), and what a node hears on the bus. Keys are numbers.
 */
import type { NodeId } from '../cluster-view.ts';
import type { SlotWord } from '../next-slot-action.ts';
import type { SlotAction } from '../slot-action.ts';

export interface ModelNode {
  owner: NodeId | undefined;
  migratingTo: NodeId | undefined;
  importingFrom: NodeId | undefined;
  epoch: number;
  readonly keys: Set<number>;
}

export type SlotModel = ReadonlyMap<NodeId, ModelNode>;

export function modelNode(owner: NodeId | undefined, more: Partial<ModelNode> = {}): ModelNode {
  return { owner, migratingTo: undefined, importingFrom: undefined, epoch: 1, keys: new Set(), ...more };
}

export function wordsOf(model: SlotModel): ReadonlyMap<NodeId, SlotWord> {
  return new Map(
    [...model].map(([id, { owner, migratingTo, importingFrom }]) => [
      id,
      {
        primary: true,
        ...(owner === undefined ? {} : { owner }),
        ...(migratingTo === undefined ? {} : { migratingTo }),
        ...(importingFrom === undefined ? {} : { importingFrom }),
      },
    ]),
  );
}

function nodeAt(model: SlotModel, id: NodeId): ModelNode {
  const node = model.get(id);
  if (node === undefined) throw new Error(`${id} is not in the model`);
  return node;
}

function bump(model: SlotModel, node: ModelNode): void {
  node.epoch = 1 + Math.max(...[...model.values()].map((other) => other.epoch));
}

/** Does it as the server would; false when the server refuses. `batch`: how many keys go until the controller dies. */
export function perform(model: SlotModel, action: SlotAction, batch = Number.POSITIVE_INFINITY): boolean {
  if (action.act === 'move-keys') return moveKeys(model, action, batch);
  const node = nodeAt(model, action.at);
  const { at } = action;
  switch (action.act) {
    case 'set-importing':
      if (node.owner === at) return false;
      node.importingFrom = action.from;
      return true;
    case 'set-migrating':
      if (node.owner !== at) return false;
      node.migratingTo = action.to;
      return true;
    case 'set-stable':
      node.importingFrom = undefined;
      node.migratingTo = undefined;
      return true;
    case 'disown':
      if (node.owner === undefined) return false;
      node.owner = undefined;
      return true;
    case 'claim':
      node.owner = at;
      node.importingFrom = undefined;
      node.migratingTo = undefined;
      bump(model, node);
      return true;
    case 'set-owner':
      if (node.owner === at && action.owner !== at && node.keys.size > 0) return false;
      if (node.keys.size === 0) node.migratingTo = undefined;
      if (action.owner === at && node.importingFrom !== undefined) {
        bump(model, node);
        node.importingFrom = undefined;
      }
      node.owner = action.owner;
      return true;
    default:
      return action satisfies never;
  }
}

function moveKeys(
  model: SlotModel,
  { from, to }: Extract<SlotAction, { act: 'move-keys' }>,
  batch: number,
): boolean {
  const [source, target] = [nodeAt(model, from), nodeAt(model, to)];
  const open = source.migratingTo !== undefined || source.importingFrom !== undefined;
  const takes = target.owner === to || (target.owner !== undefined && target.importingFrom !== undefined);
  if (source.owner === undefined || !(open || source.owner === from) || !takes) return false;
  for (const key of [...source.keys].slice(0, batch)) {
    target.keys.add(key);
    source.keys.delete(key);
  }
  return true;
}

/** A client that starts anywhere and follows where it is sent; true when its write was acknowledged. */
export function write(model: SlotModel, key: number, start: NodeId): boolean {
  let [at, asking] = [start, false];
  for (let hop = 0; hop < 6; hop += 1) {
    const node = nodeAt(model, at);
    if (node.owner === undefined) return false;
    if (node.owner === at && node.migratingTo !== undefined && !node.keys.has(key)) {
      [at, asking] = [node.migratingTo, true];
    } else if (node.owner === at || (asking && node.importingFrom !== undefined)) {
      node.keys.add(key);
      return true;
    } else {
      [at, asking] = [node.owner, false];
    }
  }
  return false;
}

/** `listener` hears from `speaker`; what it loses to a larger epoch, its keys included, is gone. */
export function gossip(model: SlotModel, listener: NodeId, speaker: NodeId): void {
  const [here, there] = [nodeAt(model, listener), nodeAt(model, speaker)];
  if (listener === speaker || there.owner !== speaker || here.owner === speaker) return;
  if (here.importingFrom !== undefined) return;
  const known = here.owner === undefined ? 0 : nodeAt(model, here.owner).epoch;
  if (known >= there.epoch) return;
  if (here.owner === listener) here.keys.clear();
  here.owner = speaker;
}
