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
    worth: 'durable',
    missing: none,
    unaccounted: [],
    leftBehind: [],
    ...rest,
  };
}

const provenBy = { survivors: 2, among: [], because: 'semi-sync' };
const accepted = { by: 'ann' };
const lossless = { durability: 'lossless' as const };
const lax = { commits: { durable: false, text: 'sync_binlog=0' } };

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
    ['the host is still up', facts(lax, { log: 'read', worth: 'same-boot' }), true, 'none'],
    ['the host has restarted', facts(lax, { log: 'read', worth: 'rebooted' }), true, 'possible'],
    ['nobody knows whether it has', facts(lax, { log: 'read', worth: 'unknown' }), true, 'possible'],
    [
      'lossless, restarted',
      facts({ ...lossless, ...lax }, { log: 'read', worth: 'rebooted' }),
      false,
      'possible',
    ],
    [
      'lossless, restarted, accepted',
      facts({ ...lossless, accepted }, { log: 'read', worth: 'rebooted' }),
      true,
      'possible',
    ],
    [
      'lossless, restarted, and semi-sync proves it',
      facts({ ...lossless, provenBy }, { log: 'read', worth: 'rebooted' }),
      true,
      'none',
    ],
    ['restarted, two known', facts(lax, { log: 'read', worth: 'rebooted', missing: two }), false, 'known'],
    [
      'restarted, two known and allowed',
      facts({ maxLoss: 2 }, { log: 'read', worth: 'rebooted', missing: two }),
      true,
      'known',
    ],
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

  it('never says that nothing is lost while another server may hold writes of its own', () => {
    const unaccounted = ['db2'];
    const { ok, loss } = decideLoss(facts({ provenBy }, { log: 'read', unaccounted }));
    expect({ ok, verdict: loss.verdict }).toEqual({ ok: true, verdict: 'possible' });
    expect(loss.because).toContain('but db2 may have been the primary for a moment');
    const strict = decideLoss(facts({ ...lossless, provenBy }, { log: 'read', unaccounted }));
    expect(strict.ok).toBe(false);
    expect(decideLoss(facts({ ...lossless, accepted }, { log: 'read', unaccounted })).loss.verdict).toBe(
      'possible',
    );
  });

  it('never leaves behind what another server says it has, unless a person accepts it', () => {
    const leftBehind = ['db2'];
    const lax = { durability: 'available', maxLoss: 'any' } as const;
    expect(decideLoss(facts(lax, { missing: two, leftBehind })).ok).toBe(false);
    const { ok, loss } = decideLoss(facts({ ...lax, accepted }, { missing: two, leftBehind }));
    expect({ ok, verdict: loss.verdict }).toEqual({ ok: true, verdict: 'known' });
    expect(loss.because).toBe('a person accepted it; db2 still has what it took alone');
  });

  it('tells what makes a log that was read worth less', () => {
    const { loss } = decideLoss(facts(lax, { log: 'read', worth: 'rebooted' }));
    expect(loss.because).toContain('(its host has restarted since, and sync_binlog=0)');
    const unseen = decideLoss(facts({}, { log: 'read', worth: 'unknown' }));
    expect(unseen.loss.because).toContain('whether its host has restarted is not known');
  });

  it('says who accepted it, and only then', () => {
    expect(decideLoss(facts({ accepted }, { missing: two })).loss.acceptedBy).toBe('ann');
    expect(decideLoss(facts({ accepted }, { log: 'read' })).loss.acceptedBy).toBeUndefined();
  });

  it.each<[string, LossFacts]>([
    ['left-behind', facts({ ...lossless, maxLoss: 'any' }, { missing: two, leftBehind: ['db2'] })],
    ['log-read', facts({}, { log: 'read' })],
    ['acknowledged-elsewhere', facts({ provenBy })],
    ['accepted', facts({ accepted })],
    ['log-maybe-short', facts({ ...lossless, ...lax }, { log: 'read', worth: 'rebooted' })],
    ['other-primary', facts(lossless, { log: 'read', unaccounted: ['db2'] })],
    ['not-proven', facts(lossless)],
    ['over-the-limit', facts({}, { missing: two })],
    ['log-unreadable', facts({}, { log: 'unreadable' })],
    ['known', facts({ maxLoss: 2 }, { log: 'host-silent', missing: two })],
    ['log-read-in-part', facts(lax, { log: 'read', worth: 'rebooted' })],
    ['host-silent', facts({}, { log: 'host-silent' })],
    ['no-agent', facts({}, { log: 'none-there' })],
  ])('has its own words for %s', (id, given) => {
    const row = lossTable.find((each) => each.id === id);
    expect(decideLoss(given).loss.because.startsWith(row?.because ?? 'there is no such row')).toBe(true);
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
