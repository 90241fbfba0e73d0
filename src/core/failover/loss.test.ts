import { describe, expect, it } from 'vitest';
import type { LossLimits } from '../plan.ts';
import { acceptsLack, decideLoss, type LossFacts, lossTable } from './loss.ts';

const none = { count: 0, text: '' };
const two = { count: 2, text: '0-1-8…0-1-9' };

function facts(limits: Partial<LossLimits>, rest: Partial<Omit<LossFacts, 'limits'>> = {}): LossFacts {
  return {
    limits: { durability: 'salvage', maxLoss: 0, ...limits },
    acknowledging: 3,
    log: 'none-there',
    missing: none,
    ...rest,
  };
}

const provenBy = { survivors: 2, among: [], because: 'semi-sync' };
const accepted = { by: 'ann' };

describe('what may be lost', () => {
  it.each<[string, LossFacts, boolean, string]>([
    ['the log was read', facts({}, { log: 'read' }), true, 'none'],
    ['the log was read, but lacks what was seen', facts({}, { log: 'read', missing: two }), false, 'known'],
    ['semi-sync proves it', facts({ provenBy }, { log: 'host-silent' }), true, 'none'],
    [
      'semi-sync, and too few answered',
      facts({ durability: 'lossless', provenBy }, { acknowledging: 1 }),
      false,
      'possible',
    ],
    ['lossless without a proof', facts({ durability: 'lossless' }), false, 'possible'],
    ['lossless, accepted', facts({ durability: 'lossless', accepted }), true, 'possible'],
    ['lossless, and the log was read', facts({ durability: 'lossless' }, { log: 'read' }), true, 'none'],
    ['salvage, host gone', facts({}, { log: 'host-silent' }), true, 'possible'],
    ['salvage, host gone, two known', facts({}, { log: 'host-silent', missing: two }), false, 'known'],
    ['salvage, two known and allowed', facts({ maxLoss: 2 }, { missing: two }), true, 'known'],
    ['salvage, log unreadable', facts({}, { log: 'unreadable' }), false, 'possible'],
    [
      'available, log unreadable',
      facts({ durability: 'available' }, { log: 'unreadable' }),
      true,
      'possible',
    ],
    [
      'available, no limit',
      facts({ durability: 'available', maxLoss: 'any' }, { missing: two }),
      true,
      'known',
    ],
    [
      'available, over the limit',
      facts({ durability: 'available', maxLoss: 1 }, { missing: two }),
      false,
      'known',
    ],
    ['over the limit, accepted', facts({ accepted }, { missing: two }), true, 'known'],
  ])('%s', (_what, given, go, verdict) => {
    const { ok, loss } = decideLoss(given);
    expect({ ok, verdict: loss.verdict }).toEqual({ ok: go, verdict });
    expect(loss.names).toBe(given.missing.text);
  });

  it('never says that nothing is lost when a transaction that was seen is missing', () => {
    for (const log of ['read', 'host-silent', 'unreadable', 'none-there'] as const) {
      for (const limits of [{}, { provenBy }, { accepted }, { maxLoss: 'any' as const }]) {
        expect(decideLoss(facts(limits, { log, missing: two })).loss.verdict).toBe('known');
      }
    }
  });

  it('says who accepted it, and only then', () => {
    expect(decideLoss(facts({ accepted }, { missing: two })).loss.acceptedBy).toBe('ann');
    expect(decideLoss(facts({ accepted }, { log: 'read' })).loss.acceptedBy).toBeUndefined();
  });

  it('has a row for everything', () => {
    expect(lossTable.at(-1)?.when(facts({}))).toBe(true);
  });

  it('puts up with what survivors could not give on within the same limits', () => {
    expect(acceptsLack(facts({}).limits, two)).toBe(false);
    expect(acceptsLack(facts({ maxLoss: 2 }).limits, two)).toBe(true);
    expect(acceptsLack(facts({ durability: 'lossless', maxLoss: 'any' }).limits, two)).toBe(false);
    expect(acceptsLack(facts({ durability: 'lossless', accepted }).limits, two)).toBe(true);
  });
});
