import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeId } from './cluster-view.ts';
import type { SlotAction } from './slot-action.ts';
import { repairSlot, type SlotRepair } from './slot-repair.ts';
import { id } from './testing/shard-cluster.ts';
import { gossip, type ModelNode, modelNode, perform, type SlotModel, wordsOf } from './testing/slot-model.ts';

const names = ['a', 'b', 'c', 'd'].map(id);
const someone = fc.option(fc.constantFrom(...names), { nil: undefined });

const node = (self: NodeId): fc.Arbitrary<ModelNode> =>
  fc
    .record({
      owner: someone,
      migratingTo: someone,
      importingFrom: someone,
      epoch: fc.nat({ max: 5 }),
      keys: fc.uniqueArray(fc.nat({ max: 20 }), { maxLength: 3 }),
    })
    .map((it) =>
      modelNode(it.owner, {
        ...it,
        keys: new Set(it.keys),
        migratingTo: it.migratingTo === self ? undefined : it.migratingTo,
        importingFrom: it.importingFrom === self || it.owner === self ? undefined : it.importingFrom,
      }),
    );

const anyModel: fc.Arbitrary<SlotModel> = fc
  .tuple(...names.map(node))
  .map((nodes) => new Map(names.map((name, at) => [name, nodes[at] ?? modelNode(undefined)])));

function plan(model: SlotModel): SlotRepair | undefined {
  const words = wordsOf(model);
  return repairSlot({
    slot: 7,
    nodes: [...model].map(([name, { keys }]) => ({
      id: name,
      word: words.get(name) ?? { primary: true },
      keys: keys.size,
      owned: 0,
    })),
  });
}

/** As soon as a node has taken an epoch for its slot, everybody may hear of it. */
function act(model: SlotModel, action: SlotAction): void {
  expect(perform(model, action), JSON.stringify(action)).toBe(true);
  if (action.act !== 'claim' && !(action.act === 'set-owner' && action.at === action.owner)) return;
  for (const listener of model.keys()) gossip(model, listener, action.at);
}

test('from whatever half state, and killed after any number of actions, one node has the slot and every key', () => {
  fc.assert(
    fc.property(anyModel, fc.array(fc.nat({ max: 6 }), { maxLength: 3 }), (given, deaths) => {
      // It is changed, and fast-check shows what it was.
      const model: SlotModel = new Map([...given].map(([id, it]) => [id, { ...it, keys: new Set(it.keys) }]));
      const keys = new Set([...model.values()].flatMap((it) => [...it.keys]));
      for (const done of deaths) {
        for (const action of plan(model)?.actions.slice(0, done) ?? []) act(model, action);
      }
      for (let round = 0; round < 3; round += 1) {
        for (const action of plan(model)?.actions ?? []) act(model, action);
      }
      expect(plan(model)).toBeUndefined();
      const owners = new Set([...model.values()].map(({ owner }) => owner));
      expect(owners.size).toBe(1);
      const [owner] = owners;
      expect(owner).toBeDefined();
      for (const [name, it] of model) {
        expect(it.migratingTo ?? it.importingFrom).toBeUndefined();
        expect(it.keys).toEqual(name === owner ? keys : new Set());
      }
    }),
    { numRuns: 3_000 },
  );
});

test('a target that knows no owner is told of it before it is given keys', () => {
  const [a, b, c] = names;
  if (a === undefined || b === undefined || c === undefined) throw new RangeError('there are four');
  const model: SlotModel = new Map([
    [a, modelNode(undefined)],
    [b, modelNode(b, { migratingTo: c, keys: new Set([1]) })],
    [c, modelNode(undefined, { importingFrom: a })],
  ]);
  for (const action of plan(model)?.actions ?? []) act(model, action);
  expect(model.get(c)).toMatchObject({ owner: c, keys: new Set([1]) });
});
