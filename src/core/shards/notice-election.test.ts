import { describe, expect, test } from 'vitest';
import type { ClusterSight } from './cluster-sight.ts';
import { type ElectionMemory, electionsOf, noticeElection, tellElection } from './notice-election.ts';
import { redis70 } from './testing/server-kinds.ts';
import { id, testNow, threeShards, viewBy } from './testing/shard-cluster.ts';

const sight = (by: string, stood: number, at = testNow): ClusterSight => ({
  view: viewBy(threeShards, by, at),
  nodeTimeoutMs: 1000,
  server: redis70,
  migrates: true,
  stood,
});

/** a1, a replica of a, that has stood before. */
const known: ElectionMemory = { stood: 5, lookedAt: testNow - 1000, source: id('a') };
const old = { node: id('a1'), against: id('a'), at: testNow - 30_000 };

describe('at the first look', () => {
  test('one that never stood is free', () => {
    expect(noticeElection(undefined, sight('a1', 0)).election).toBeUndefined();
  });

  test('one that has stood since it started may have done so just now', () => {
    const { election } = noticeElection(undefined, sight('a1', 5));
    expect(election).toEqual({ node: 'a1', against: 'a', at: testNow });
  });

  test('nobody saw in whose place a primary stood', () => {
    expect(noticeElection(undefined, sight('a', 5)).election).toEqual({ node: 'a', at: testNow });
  });
});

describe('from look to look', () => {
  test('nothing new leaves it as it was', () => {
    expect(noticeElection({ ...known, election: old }, sight('a1', 5))).toEqual({
      stood: 5,
      lookedAt: testNow,
      source: 'a',
      election: old,
    });
  });

  test('one that has stood since then did so against whom it followed, whether it was elected or not', () => {
    const now = { node: 'a1', against: 'a', at: testNow };
    expect(noticeElection({ ...known, election: old }, sight('a1', 10)).election).toEqual(now);
    const promoted = { ...sight('a', 10), view: { ...viewBy(threeShards, 'b'), by: id('a1') } };
    expect(noticeElection(known, promoted).election).toEqual(now);
  });

  test('one that was restarted and has stood again is noticed, though it counts from nothing', () => {
    expect(noticeElection({ ...known, election: old }, sight('a1', 3)).election?.at).toBe(testNow);
    expect(noticeElection({ ...known, election: old }, sight('a1', 0)).election).toEqual(old);
  });
});

describe('what its own hand-over told', () => {
  const soon = { node: id('a1'), against: id('a'), at: testNow + 5_500 };

  test('is in the way as long as it may still stand, and forgotten when it never did', () => {
    const announced = tellElection(known, soon, testNow);
    expect(electionsOf([announced])).toEqual([soon]);
    const during = noticeElection(announced, sight('a1', 5, testNow + 5_000));
    expect(electionsOf([during])).toEqual([soon]);
    expect(electionsOf([noticeElection(during, sight('a1', 5, soon.at))])).toEqual([]);
  });

  test('is what the next look sees, and no later one', () => {
    const told = { ...soon, at: testNow + 50 };
    const after = tellElection(tellElection(known, soon, testNow), told, testNow + 60);
    expect(electionsOf([after])).toEqual([told]);
    expect(noticeElection(after, sight('a1', 10, testNow + 900)).election).toEqual(told);
  });

  test('does not hide one that came about long after it', () => {
    const told = tellElection(known, { ...soon, at: testNow }, testNow + 1);
    expect(noticeElection(told, sight('a1', 15, testNow + 60_000)).election?.at).toBe(testNow + 60_000);
  });

  test('holds for the time at which it was seen when its end was not', () => {
    const announced = tellElection(known, soon, testNow);
    const seen = noticeElection(announced, sight('a1', 10, testNow + 300));
    expect(electionsOf([seen])).toEqual([{ node: 'a1', against: 'a', at: testNow + 300 }]);
  });
});
