import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeId } from './cluster-view.ts';
import { nextSlotAction } from './next-slot-action.ts';
import { id } from './testing/shard-cluster.ts';
import {
  gossip,
  type ModelNode,
  modelNode,
  perform,
  type SlotModel,
  wordsOf,
  write,
} from './testing/slot-model.ts';

const [source, target, third, fourth] = [id('s'), id('t'), id('x'), id('y')];
const node = fc.constantFrom(source, target, third, fourth);
const key = fc.nat({ max: 11 });

type Event =
  | { readonly kind: 'write'; readonly key: number; readonly at: NodeId }
  | { readonly kind: 'gossip'; readonly listener: NodeId; readonly speaker: NodeId }
  /** The controller looks, the world goes on, the controller acts, and may die in the middle of it. */
  | { readonly kind: 'step'; readonly meanwhile: readonly number[]; readonly batch: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('write'), key, at: node }),
  fc.record({ kind: fc.constant('gossip'), listener: node, speaker: node }),
  fc.record({
    kind: fc.constant('step'),
    meanwhile: fc.array(key, { maxLength: 3 }),
    batch: fc.nat({ max: 4 }),
  }),
);

const sorted = (keys: Iterable<number>): readonly number[] => [...new Set(keys)].toSorted((a, b) => a - b);
const keysAt = (model: SlotModel, at: NodeId): readonly number[] => sorted(model.get(at)?.keys ?? []);

function happen(model: SlotModel, happening: Event, acknowledged: Set<number>): void {
  const client = (wanted: number, at: NodeId): void => {
    if (write(model, wanted, at)) acknowledged.add(wanted);
  };
  if (happening.kind === 'write') client(happening.key, happening.at);
  else if (happening.kind === 'gossip') gossip(model, happening.listener, happening.speaker);
  else {
    const next = look(model);
    for (const wanted of happening.meanwhile) client(wanted, third);
    if (next.kind === 'act') perform(model, next.action, happening.batch);
  }
}

function look(model: SlotModel): ReturnType<typeof nextSlotAction> {
  return nextSlotAction({
    slot: 7,
    from: source,
    to: target,
    words: wordsOf(model),
    keysLeft: keysAt(model, source).length,
  });
}

/** The last controller, which nothing disturbs. */
function finish(model: SlotModel): number {
  for (let steps = 0; steps < 30; steps += 1) {
    const next = look(model);
    if (next.kind === 'done') return steps;
    if (next.kind === 'stuck') throw new Error(`stuck: ${next.because} at ${next.node}`);
    if (!perform(model, next.action)) throw new Error(`refused: ${JSON.stringify(next.action)}`);
  }
  throw new Error('no end');
}

function expectMoved(model: SlotModel, acknowledged: Iterable<number>): void {
  expect([...model.values()].map(({ owner }) => owner)).toEqual([target, target, target, target]);
  expect([...model.values()].map(({ migratingTo, importingFrom }) => migratingTo ?? importingFrom)).toEqual(
    Array.from({ length: 4 }),
  );
  expect(keysAt(model, target)).toEqual(sorted(acknowledged));
  expect(keysAt(model, source)).toEqual([]);
}

const modelOf = (s: ModelNode, t: ModelNode): SlotModel =>
  new Map([
    [source, s],
    [target, t],
    [third, modelNode(source)],
    [fourth, modelNode(source)],
  ]);

describe('a slot that moves under load', () => {
  test('has one owner and every acknowledged key in the end, wherever the controller died', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key), fc.array(event, { maxLength: 40 }), (keys, events) => {
        const acknowledged = new Set(keys);
        const model = modelOf(modelNode(source, { keys: new Set(keys) }), modelNode(source));
        for (const happening of events) happen(model, happening, acknowledged);
        finish(model);
        expectMoved(model, acknowledged);
      }),
      { numRuns: 2_000 },
    );
  });

  test('comes to its end from any half state that a crash or another tool may have left', () => {
    const owner = fc.constantFrom(source, target, undefined);
    const half = (peer: NodeId, own: NodeId): fc.Arbitrary<ModelNode> =>
      fc
        .record({ owner, migrating: fc.boolean(), importing: fc.boolean(), keys: fc.uniqueArray(key) })
        .map((it) =>
          modelNode(it.owner, {
            migratingTo: it.migrating ? peer : undefined,
            importingFrom: it.importing && it.owner !== own ? peer : undefined,
            keys: new Set(it.keys),
          }),
        );
    fc.assert(
      fc.property(half(target, source), half(source, target), (s, t) => {
        const keys = [...s.keys, ...t.keys];
        const model = modelOf(s, t);
        finish(model);
        expectMoved(model, keys);
      }),
      { numRuns: 2_000 },
    );
  });
});
