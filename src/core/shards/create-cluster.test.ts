import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClusterDesign, designCluster, evenRanges, type NewNode } from './create-cluster.ts';
import { allSlots, countSlots, formatSlots, unionSlots } from './slots.ts';
import { id } from './testing/shard-cluster.ts';

/** `h1/z1` where it runs. */
function node(name: string, place?: string, more: Partial<NewNode> = {}): NewNode {
  const [host = '', zone] = (place ?? '').split('/');
  return {
    id: id(name),
    name,
    clusterEnabled: true,
    knownNodes: 1,
    keys: 0,
    ...(place === undefined ? {} : { placement: zone === undefined ? { host } : { host, zone } }),
    ...more,
  };
}

function design(nodes: readonly NewNode[], replicasPerPrimary: number): ClusterDesign {
  const planned = designCluster({ nodes, replicasPerPrimary });
  if (!planned.ok) throw new Error(JSON.stringify(planned.refusals));
  return planned.plan;
}
const outline = ({ shards }: ClusterDesign): readonly string[] =>
  shards.map(
    (shard) =>
      `${shard.primary} ${formatSlots(shard.slots)} e${shard.configEpoch} [${shard.replicas.join(' ')}]`,
  );

describe('a new cluster', () => {
  test('divides the slots as redis-cli does', () => {
    expect(evenRanges(3).map(formatSlots)).toEqual(['0-5460', '5461-10922', '10923-16383']);
    expect(evenRanges(1)).toEqual([allSlots]);
    expect(evenRanges(7).map((range) => countSlots(range))).toEqual([
      2341, 2340, 2341, 2340, 2341, 2340, 2341,
    ]);
  });

  test('of six nodes on three hosts has no replica beside its primary', () => {
    const nodes = ['h1', 'h1', 'h2', 'h2', 'h3', 'h3'].map((host, at) => node(`n${at}`, host));
    const made = design(nodes, 1);
    expect(outline(made)).toEqual(['n0 0-5460 e1 [n5]', 'n2 5461-10922 e2 [n1]', 'n4 10923-16383 e3 [n3]']);
    expect(made.crowded).toEqual([]);
  });

  test('puts primaries into different zones first, then on different hosts', () => {
    const nodes = ['h1/z1', 'h2/z1', 'h3/z2', 'h4/z2', 'h5/z3', 'h6/z3'].map((place, at) =>
      node(`n${at}`, place),
    );
    const made = design(nodes, 1);
    expect(made.shards.map(({ primary }) => primary)).toEqual(['n0', 'n2', 'n4']);
    expect(made.crowded).toEqual([]);
  });

  test('says where it cannot be helped', () => {
    const made = design(
      Array.from({ length: 6 }, (_, at) => node(`n${at}`, 'h1')),
      1,
    );
    expect(made.crowded).toHaveLength(3);
  });

  test('gives those that are left over to the first ones', () => {
    const nodes = Array.from({ length: 11 }, (_, at) => node(`n${at}`));
    expect(design(nodes, 2).shards.map(({ replicas }) => replicas.length)).toEqual([3, 3, 2]);
  });

  test.each([
    [[node('a'), node('b'), node('c')], 1, ['too-few-nodes']],
    [[node('a', 'h', { clusterEnabled: false }), node('b'), node('c')], 0, ['node-not-a-cluster']],
    [
      [node('a', 'h', { knownNodes: 2 }), node('b'), node('c', 'h', { keys: 5 })],
      0,
      ['node-in-use', 'node-in-use'],
    ],
    [[node('a'), node('a'), node('b')], 0, ['node-in-use', 'node-in-use']],
  ])('%# is refused', (nodes, replicasPerPrimary, codes) => {
    const planned = designCluster({ nodes, replicasPerPrimary });
    expect(planned.ok ? [] : planned.refusals.map(({ code }) => code)).toEqual(codes);
  });

  test('uses every node once and covers all slots; three hosts or more are enough to keep one replica apart', () => {
    const shape = fc.record({
      hosts: fc.integer({ min: 3, max: 7 }),
      perHost: fc.integer({ min: 1, max: 4 }),
      replicasPerPrimary: fc.nat({ max: 2 }),
    });
    fc.assert(
      fc.property(shape, ({ hosts, perHost, replicasPerPrimary }) => {
        fc.pre(hosts * perHost >= 3 * (replicasPerPrimary + 1));
        const nodes = Array.from({ length: hosts * perHost }, (_, at) => node(`n${at}`, `h${at % hosts}`));
        const made = design(nodes, replicasPerPrimary);
        expect(unionSlots(...made.shards.map(({ slots }) => slots))).toEqual(allSlots);
        expect(made.shards.flatMap(({ primary, replicas }) => [primary, ...replicas]).toSorted()).toEqual(
          nodes.map((it) => it.id).toSorted(),
        );
        expect(hosts >= replicasPerPrimary + 2 && made.crowded.length > 0).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
