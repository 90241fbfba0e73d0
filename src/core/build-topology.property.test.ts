import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClusterBuilder, cluster } from './testing/cluster-builder.ts';
import { nodeById, type Topology } from './topology.ts';

/** Any graph at all: each server follows any server (itself too), an outside one, or none, or was never seen. */
const anyTopology: fc.Arbitrary<Topology> = fc
  .array(fc.oneof(fc.nat({ max: 11 }), fc.constantFrom('outside', 'none', 'unseen')), {
    minLength: 1,
    maxLength: 12,
  })
  .map((sources) =>
    sources
      .reduce<ClusterBuilder>((builder, source, index) => {
        const name = `db${index}`;
        if (source === 'none') return builder.primary(name);
        if (source === 'unseen') return builder.neverSeen(name);
        const of = source === 'outside' ? '192.0.2.1:3306' : `db${Number(source) % sources.length}`;
        return builder.with(name, { source: of });
      }, cluster('any'))
      .topology(),
  );

const holds = (check: (topology: Topology) => void): void => fc.assert(fc.property(anyTopology, check));

describe('any graph of servers becomes a topology in which', () => {
  test('each server stands once, under a name of its own', () => {
    holds(({ nodes }) => {
      expect(new Set(nodes.map((node) => node.id)).size).toBe(nodes.length);
      expect(new Set(nodes.map((node) => node.name)).size).toBe(nodes.length);
    });
  });

  test('a replica comes after its source and one deeper; whatever stands at depth 0 is no replica', () => {
    holds((topology) => {
      for (const [index, node] of topology.nodes.entries()) {
        expect(node.depth === 0).toBe(node.role !== 'replica');
        if (node.role !== 'replica' || node.source === undefined) continue;
        const source = nodeById(topology, node.source);
        expect(topology.nodes.indexOf(source ?? node)).toBeLessThan(index);
        expect(node.depth).toBe((source?.depth ?? 0) + 1);
      }
    });
  });

  test('source and replicas tell the same', () => {
    holds((topology) => {
      for (const node of topology.nodes) {
        const followers = topology.nodes.filter((other) => other.source === node.id);
        expect([...node.replicas].sort()).toEqual(followers.map((other) => other.id).sort());
      }
    });
  });

  test('who comes back to itself by its sources is a co-primary, and nobody else is', () => {
    holds((topology) => {
      for (const node of topology.nodes) {
        let at = node.source;
        for (let step = 0; step < topology.nodes.length && at !== undefined && at !== node.id; step += 1) {
          at = nodeById(topology, at)?.source;
        }
        expect(node.role === 'co-primary').toBe(at === node.id);
      }
    });
  });
});
