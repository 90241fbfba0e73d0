import { describe, expect, it } from 'vitest';
import { judgeSurplus, type SurplusFacts, surplusTable } from './surplus-loss.ts';

const replacedAt = 1_000_000;

function facts(rest: Omit<SurplusFacts, 'surplus'> = {}): SurplusFacts {
  return { surplus: { transactions: 3, names: '0-1-7..0-1-10' }, ...rest };
}

const replacement = (proven: boolean) => ({ operation: 'op-1', at: replacedAt, proven });

describe('what only an old primary has', () => {
  it.each<[string, SurplusFacts, string, 'none' | 'known']>([
    ['nothing on record', facts({ newestAt: 1 }), 'not-on-record', 'known'],
    [
      'asynchronous replication',
      facts({ newestAt: 1, replacement: replacement(false) }),
      'asynchronous',
      'known',
    ],
    ['a log without times', facts({ replacement: replacement(true) }), 'time-unknown', 'known'],
    [
      'written after it was replaced',
      facts({ newestAt: replacedAt + 60_000, replacement: replacement(true) }),
      'written-afterwards',
      'known',
    ],
    [
      'written in the second of its death',
      facts({ newestAt: replacedAt + 1000, replacement: replacement(true) }),
      'never-acknowledged',
      'none',
    ],
    [
      'acknowledged by none of enough survivors',
      facts({ newestAt: 1, replacement: replacement(true) }),
      'never-acknowledged',
      'none',
    ],
  ])('%s', (_what, given, row, verdict) => {
    expect(surplusTable.find(({ when }) => when(given))?.id).toBe(row);
    expect(judgeSurplus(given)).toMatchObject({ verdict, transactions: 3, names: '0-1-7..0-1-10' });
  });

  it('has a row for everything', () => {
    expect(surplusTable.at(-1)?.when(facts())).toBe(true);
  });
});
