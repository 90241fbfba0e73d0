import { describe, expect, test } from 'vitest';
import { clusterRules, findInCluster } from './cluster-findings.ts';
import type { ClusterFinding, FindingContext } from './cluster-rule.ts';
import type { ClusterView } from './cluster-view.ts';
import { pictureCluster } from './picture-cluster.ts';
import { places } from './testing/places.ts';
import { type ClusterTraits, id, threeShards, viewBy, viewsOf } from './testing/shard-cluster.ts';

function find(views: readonly ClusterView[], more: Partial<FindingContext> = {}): readonly ClusterFinding[] {
  return findInCluster(pictureCluster(views), {
    placements: new Map(),
    migrationAllowed: new Map(),
    name: (node) => node,
    ...more,
  });
}
const brief = (findings: readonly ClusterFinding[]): readonly string[] =>
  findings.map(({ code, severity, node, summary }) => `${severity} ${code} ${node ?? '-'}: ${summary}`);

const { shards } = threeShards;

describe('findings in a cluster', () => {
  test('none in a healthy one, and none where nothing is known', () => {
    expect(find(viewsOf(threeShards))).toEqual([]);
    expect(find([])).toEqual([]);
  });

  test('slots of nobody', () => {
    expect(brief(find(viewsOf({ shards: { ...shards, a: { ...shards.a, slots: '5-5460' } } })))).toEqual([
      'critical slots-uncovered -: 5 slots belong to nobody: 0-4',
    ]);
  });

  test('slots on their way', () => {
    const views = viewsOf({
      ...threeShards,
      migrating: { a: [{ slot: 7, to: id('b') }] },
      importing: { b: [{ slot: 7, from: id('a') }] },
    });
    expect(brief(find(views))).toEqual([
      'warning slots-open a: slot 7 is open: a sends it to b and b takes it from a',
    ]);
  });

  test('a failed primary with slots is worse than a failed replica', () => {
    expect(brief(find(viewsOf({ ...threeShards, flags: { a: ['fail'], b1: ['fail'] } }, 'a', 'b1')))).toEqual(
      [
        'critical node-failed a: a has failed, by the word of a1, b, c and c1; its slots are not served',
        'warning node-failed b1: b1 has failed, by the word of a1, b, c and c1',
        'warning orphaned-primary b: b has no replica that lives (b1 failed): when it dies, slots 5461-10922 are gone',
      ],
    );
  });

  test('a suspicion, and that it answers', () => {
    const views = [...viewsOf(threeShards, 'b'), viewBy({ ...threeShards, flags: { a: ['pfail'] } }, 'b')];
    expect(brief(find(views))).toEqual([
      'notice node-suspected a: b suspects that a is down, though it answers',
    ]);
  });

  test('a primary that lost its replica, and one that never had any', () => {
    const views = viewsOf({ shards: { ...shards, a: { slots: '0-5460', epoch: 1 } } });
    expect(find(views)).toMatchObject([{ code: 'orphaned-primary', node: 'a' }]);
    expect(find(views, { hadReplicas: new Set([id('a')]) })).toMatchObject([{ code: 'orphaned-primary' }]);
    expect(brief(find(views, { hadReplicas: new Set() }))).toEqual([
      'warning shard-without-replica a: a has no replica: when it dies, slots 0-5460 are gone',
    ]);
  });

  test('a primary without slots needs no replica', () => {
    expect(find(viewsOf({ shards: { ...shards, d: { epoch: 9 } } }))).toEqual([]);
  });

  test('views that differ', () => {
    const { a, ...rest } = shards;
    const other: ClusterTraits = { shards: { ...rest, a: { ...a, epoch: 7 } } };
    expect(brief(find([...viewsOf(threeShards, 'c1'), viewBy(other, 'c1')]))).toEqual([
      'warning views-disagree a: the nodes differ on the configuration epoch of a: 1 by a, a1, b, b1 and c; 7 by c1',
    ]);
  });

  test('equal epochs', () => {
    expect(brief(find(viewsOf({ shards: { ...shards, a: { ...shards.a, epoch: 2 } } })))).toEqual([
      'warning epoch-collision -: a and b have the same configuration epoch 2',
    ]);
  });

  test('two primaries are too few', () => {
    const two = {
      a: { slots: '0-8000', epoch: 1, replicas: ['a1'] },
      b: { slots: '8001-16383', epoch: 2, replicas: ['b1'] },
    };
    expect(brief(find(viewsOf({ shards: two })))).toEqual([
      'warning too-few-primaries -: only a and b have slots: without one of them there is no majority',
    ]);
  });

  test('a replica with its primary: on a host it is worse than in a zone', () => {
    const placements = places({ a: 'h1/z1', a1: 'h1/z1', b: 'h2/z2', b1: 'h4/z2', c: 'h3/z3', c1: 'h2/z2' });
    expect(brief(find(viewsOf(threeShards), { placements }))).toEqual([
      'warning replica-with-its-primary a1: a1 is on the same host as its primary a: host h1',
      'notice replica-with-its-primary b1: b1 is in the same zone as its primary b: zone z2',
    ]);
  });

  test('a zone without which there is no majority', () => {
    const placements = places({ a: 'h1/z1', b: 'h2/z1', c: 'h3/z2' });
    expect(brief(find(viewsOf(threeShards), { placements }))).toEqual([
      'warning primaries-share-host -: zone z1 holds 2 of 3 primaries (a and b): without it nobody is elected',
    ]);
  });

  test('replica migration that is off', () => {
    const migrationAllowed = new Map([
      [id('a'), true],
      [id('b1'), false],
    ]);
    expect(brief(find(viewsOf(threeShards), { migrationAllowed }))).toEqual([
      'notice migration-off -: b1 does not move to an orphaned primary by itself',
    ]);
  });

  test('every rule says why it matters and what to do, and has its own code', () => {
    expect(new Set(clusterRules.map(({ code }) => code)).size).toBe(clusterRules.length);
    expect(clusterRules.filter(({ because, remedy }) => because === '' || remedy === '')).toEqual([]);
  });
});
