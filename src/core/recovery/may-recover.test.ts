import { describe, expect, it } from 'vitest';
import { testPolicy } from '../testing/test-policy.ts';
import { type RecoveryFacts, recoveryRefusals, recoveryTable } from './may-recover.ts';

const { failover } = testPolicy('orders', 'mariadb', [], {
  failover: { mode: 'automatic', quietMs: 60_000 },
});

const facts = (more: Partial<RecoveryFacts> = {}): RecoveryFacts => ({
  policy: failover,
  limits: { atOnce: 2, brake: { failovers: 3, withinMs: 600_000 } },
  now: 1_000_000,
  primary: 'db1',
  downtimed: false,
  running: 0,
  recent: 0,
  ...more,
});

const codes = (more: Partial<RecoveryFacts>): readonly string[] =>
  recoveryRefusals(facts(more)).map(({ code }) => code);

describe('an automatic failover', () => {
  it('goes on when nothing speaks against it', () => {
    expect(codes({})).toEqual([]);
  });

  it.each<[string, Partial<RecoveryFacts>, string]>([
    ['manual mode', { policy: { ...failover, mode: 'manual' } }, 'failover-off'],
    ['observe mode', { policy: { ...failover, mode: 'observe' } }, 'observe-only'],
    ['downtime', { downtimed: true }, 'in-downtime'],
    ['maintenance', { maintenance: { until: 1_000_001, reason: 'upgrade' } }, 'in-maintenance'],
    ['a failover a moment ago', { lastFailoverAt: 999_000 }, 'too-soon'],
    ['one acknowledged before it happened', { lastFailoverAt: 999_000, acknowledgedAt: 998_000 }, 'too-soon'],
    ['as many under way as may be', { running: 2 }, 'too-many-failovers'],
    ['as many lately as may be', { recent: 3 }, 'too-many-failovers'],
  ])('is refused in %s', (_what, more, code) => {
    expect(codes(more)).toEqual([code]);
  });

  it.each<[string, Partial<RecoveryFacts>]>([
    ['maintenance that is over', { maintenance: { until: 1_000_000, reason: 'upgrade' } }],
    ['a failover long ago', { lastFailoverAt: 940_000 }],
    ['one that was acknowledged', { lastFailoverAt: 999_000, acknowledgedAt: 999_500 }],
  ])('is not refused for %s', (_what, more) => {
    expect(codes(more)).toEqual([]);
  });

  it('is told everything that speaks against it', () => {
    expect(codes({ downtimed: true, running: 2, lastFailoverAt: 999_999 })).toHaveLength(3);
    expect(recoveryTable).toHaveLength(6);
  });
});
