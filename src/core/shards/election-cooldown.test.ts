import { describe, expect, test } from 'vitest';
import { cooldownLeftMs, type Election, electionWaitMs, voteHoldLeftMs } from './election-cooldown.ts';
import { redis70, redis80, valkey80, valkey81 } from './testing/server-kinds.ts';
import { id } from './testing/shard-cluster.ts';

const now = 1_000_000;

describe('after its election a node', () => {
  test.each([
    { does: 'waits 4 node timeouts', server: redis70, nodeTimeoutMs: 5_000, agoMs: 1_000, left: 19_001 },
    { does: 'waits at least 4 s', server: redis70, nodeTimeoutMs: 500, agoMs: 1_000, left: 3_001 },
    { does: 'waits with Redis 8 too', server: redis80, nodeTimeoutMs: 15_000, agoMs: 0, left: 60_001 },
    { does: 'waits with Valkey 8.0', server: valkey80, nodeTimeoutMs: 1_000, agoMs: 3_000, left: 1_001 },
    { does: 'waits while just as old', server: redis70, nodeTimeoutMs: 1_000, agoMs: 4_000, left: 1 },
    { does: 'is free when older', server: redis70, nodeTimeoutMs: 1_000, agoMs: 4_001, left: 0 },
    { does: 'is free with Valkey 8.1', server: valkey81, nodeTimeoutMs: 15_000, agoMs: 0, left: 0 },
  ])('$does', ({ server, nodeTimeoutMs, agoMs, left }) => {
    expect(cooldownLeftMs({ nodeTimeoutMs, lastElectionAt: now - agoMs, now, server })).toBe(left);
  });

  test('that never was does not wait', () => {
    expect(cooldownLeftMs({ nodeTimeoutMs: 15_000, lastElectionAt: undefined, now, server: redis70 })).toBe(
      0,
    );
  });
});

test('nobody votes about the same primary twice within 2 node timeouts', () => {
  const hold = (agoMs: number, server = redis70): number =>
    voteHoldLeftMs({ nodeTimeoutMs: 1_000, lastVoteAt: now - agoMs, now, server });
  expect([hold(0), hold(1_500), hold(2_000), hold(0, valkey81)]).toEqual([2_000, 500, 0, 0]);
});

describe('back and forth between two nodes', () => {
  const asked = { nodeTimeoutMs: 1_000, now, server: redis70 };
  const elections: readonly Election[] = [
    { node: id('b'), against: id('a'), at: now - 3_000 },
    { node: id('a'), against: id('b'), at: now - 1_000 },
  ];

  test('the way back is free, the third one waits for the first', () => {
    const [first] = elections;
    expect(electionWaitMs(first ? [first] : [], { ...asked, node: id('a'), against: id('b') })).toBe(0);
    expect(electionWaitMs(elections, { ...asked, node: id('b'), against: id('a') })).toBe(1_001);
  });

  test('another replica waits only for the votes about the primary', () => {
    expect(electionWaitMs(elections, { ...asked, node: id('c'), against: id('a') })).toBe(0);
    expect(electionWaitMs(elections, { ...asked, node: id('c'), against: id('b') })).toBe(1_000);
  });
});
