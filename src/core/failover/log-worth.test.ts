import { describe, expect, it } from 'vitest';
import { worthOfLog } from './log-worth.ts';

const lastSeenAt = 10_000;
const lax = { durable: false, text: 'sync_binlog=0' };
const strict = { durable: true, text: 'sync_binlog=1' };

describe('what a dead primary’s log is worth', () => {
  it.each([
    ['it was up when the primary was last seen', { commits: lax, lastSeenAt }, 9_999, 'same-boot'],
    ['it has started since', { commits: lax, lastSeenAt }, 10_001, 'rebooted'],
    ['it has started since, and every commit was synced', { commits: strict, lastSeenAt }, 10_001, 'durable'],
    ['nobody says when it started', { commits: lax, lastSeenAt }, undefined, 'unknown'],
    ['every commit was synced', { commits: strict, lastSeenAt }, undefined, 'durable'],
    ['the primary was never seen', {}, 5, 'unknown'],
    ['how it committed is not known', { lastSeenAt }, 10_001, 'rebooted'],
  ] as const)('%s', (_what, limits, bootedAt, worth) => {
    expect(worthOfLog(limits, bootedAt)).toBe(worth);
  });
});
