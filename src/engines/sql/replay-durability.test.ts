import { describe, expect, it } from 'vitest';
import { durabilityBefore, lower, restore } from './replay-durability.ts';

/** What a server would say after `lower`. */
const lowered = (log: number, engine: number) => ({
  log: Number(/sync_binlog = (\d+)/.exec(lower({ log, engine }))?.[1]),
  engine: 2,
});

describe('durability', () => {
  it.each([
    [0, 0],
    [0, 2],
    [1, 1],
    [1, 3],
    [1000, 2],
  ])('log %i and engine %i are told from the lowered setting', (log, engine) => {
    const now = lowered(log, engine);
    expect(now.log).toBeLessThan(2 ** 32);
    expect(durabilityBefore(now)).toEqual({ log, engine });
  });

  it('is its own when it was not lowered', () => {
    expect(durabilityBefore({ log: 1, engine: 1 })).toEqual({ log: 1, engine: 1 });
  });

  it('is put back by what differs, the telling setting last', () => {
    const before = { log: 1, engine: 1 };
    expect(restore(before, lowered(1, 1))).toBe(
      'SET GLOBAL innodb_flush_log_at_trx_commit = 1; SET GLOBAL sync_binlog = 1',
    );
    expect(restore(before, before)).toBe('');
  });
});
