import { describe, expect, test } from 'vitest';
import { type ElectionFate, fateOfElection } from './election-fate.ts';
import { shardSituation } from './shard-situation.ts';
import { redis70 } from './testing/server-kinds.ts';
import { type ClusterTraits, id, testNow, threeShards, viewBy } from './testing/shard-cluster.ts';

const { shards } = threeShards;
const elected: ClusterTraits = {
  shards: { a1: { slots: '0-5460', epoch: 4, replicas: ['a'] }, b: shards.b ?? {}, c: shards.c ?? {} },
};
const another: ClusterTraits = {
  shards: { a2: { slots: '0-5460', epoch: 5, replicas: ['a', 'a1'] }, b: shards.b ?? {}, c: shards.c ?? {} },
};

const everyone = ['a', 'a1', 'b', 'b1', 'c', 'c1'];

/** Some see one cluster, some another. */
function fate(
  seen: Readonly<Record<string, ClusterTraits>>,
  more: { readonly announced?: boolean; readonly mode?: 'takeover' } = {},
): ElectionFate {
  const sights = Object.entries(seen).map(([by, traits]) => ({
    view: viewBy(traits, by),
    nodeTimeoutMs: 1000,
    server: redis70,
    migrates: true,
    stood: 0,
  }));
  const situation = shardSituation(sights, { elections: [], now: testNow, nameOf: (node) => node });
  const ends = { server: { id: id('a1') }, from: { id: id('a') } };
  return fateOfElection(situation, { ...ends, mode: 'default', announced: false, ...more });
}

const all = (traits: ClusterTraits, ...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, traits]));

describe('a hand-over that nobody followed', () => {
  test.each<[string, ElectionFate, Parameters<typeof fate>]>([
    ['all say that it was elected', 'elected', [all(elected, ...everyone)]],
    ['a majority says so, the old primary is silent', 'elected', [all(elected, 'a1', 'b', 'c')]],
    ['it says so itself, and no other', 'unknown', [{ ...all(threeShards, ...everyone), a1: elected }]],
    ['it is a replica', 'not-elected', [all(threeShards, ...everyone)]],
    ['it is a replica, and may still stand', 'unknown', [all(threeShards, ...everyone), { announced: true }]],
    ['it was elected before its time was over', 'elected', [all(elected, ...everyone), { announced: true }]],
    ['it is silent, and nobody else leads', 'unknown', [all(threeShards, 'a', 'b', 'c')]],
    ['it is silent, and another leads', 'not-elected', [all(another, 'a', 'a2', 'b', 'c')]],
    ['nobody answers', 'unknown', [{}]],
    ['a takeover, of which only a minority is left', 'elected', [all(elected, 'a1'), { mode: 'takeover' }]],
  ])('%s: %s', (_what, expected, asked) => {
    expect(fate(...asked)).toBe(expected);
  });
});
