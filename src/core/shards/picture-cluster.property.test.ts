import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClusterView, NodeFlag } from './cluster-view.ts';
import { pictureCluster } from './picture-cluster.ts';
import { allSlots, countSlots, intersectSlots, slotSet, unionSlots } from './slots.ts';
import { id } from './testing/shard-cluster.ts';

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e').map(id);
const slot = fc.nat({ max: 16_383 });
const flag = fc.constantFrom<NodeFlag>(
  'myself',
  'primary',
  'replica',
  'pfail',
  'fail',
  'handshake',
  'noaddr',
  'nofailover',
);

/** Anything that has the shape, however senseless. */
const oddView: fc.Arbitrary<ClusterView> = fc.record({
  by: name,
  at: fc.nat(),
  currentEpoch: fc.nat({ max: 9 }),
  state: fc.constantFrom('ok', 'fail'),
  nodes: fc.array(
    fc
      .tuple(
        fc.record({
          id: name,
          flags: fc.array(flag, { maxLength: 4 }),
          pingSentAt: fc.nat(),
          pongAt: fc.nat(),
          configEpoch: fc.nat({ max: 9 }),
          link: fc.constantFrom('connected' as const, 'disconnected' as const),
          slots: fc
            .array(fc.tuple(slot, slot), { maxLength: 3 })
            .map((pairs) => slotSet(pairs.map(([first, last]) => ({ first, last })))),
          migrating: fc.array(fc.record({ slot, to: name }), { maxLength: 2 }),
          importing: fc.array(fc.record({ slot, from: name }), { maxLength: 2 }),
        }),
        fc.option(name, { nil: undefined }),
      )
      .map(([node, sourceId]) => (sourceId === undefined ? node : { ...node, sourceId })),
    { maxLength: 6 },
  ),
});

describe('whatever the views say', () => {
  test('every slot has one owner or none, every node one place, and the order of the views does not matter', () => {
    fc.assert(
      fc.property(fc.array(oddView, { maxLength: 5 }), (views) => {
        const picture = pictureCluster(views);
        const sets = [...picture.shards.map((shard) => shard.slots), picture.unassigned];
        expect(sets.reduce((sum, set) => sum + countSlots(set), 0)).toBe(16_384);
        expect(unionSlots(...sets)).toEqual(allSlots);
        expect(intersectSlots(picture.unassigned, unionSlots(...sets.slice(0, -1)))).toEqual([]);
        const places = [
          ...picture.shards.flatMap((shard) => [shard.primary, ...shard.replicas]),
          ...picture.strays,
        ];
        expect(places.toSorted()).toEqual(picture.nodes.map((node) => node.id).toSorted());
        expect(new Set(places).size).toBe(places.length);
        const once = views.filter((view, at) => views.findIndex((other) => other.by === view.by) === at);
        const outline = (some: readonly ClusterView[]) => pictureCluster(some).shards;
        expect(outline(once.toReversed())).toEqual(outline(once));
      }),
      { numRuns: 300 },
    );
  });
});
