import { describe, expect, test } from 'vitest';
import type { FindingCode } from '../finding.ts';
import { rules } from './rules.ts';

/** Complete by its type: a new code without a place here does not compile. */
const codes: Readonly<Record<Exclude<FindingCode, `route-${string}`>, true>> = {
  'no-primary': true,
  'several-writable': true,
  'primary-unreachable': true,
  'server-unreachable': true,
  'primary-read-only': true,
  'replica-stopped': true,
  'replica-broken': true,
  'replica-lagging': true,
  'replica-writable': true,
  'replica-without-log': true,
  'errant-transactions': true,
  'duplicate-server-id': true,
  'filters-differ': true,
  'version-older-than-source': true,
  'gtid-off': true,
  'long-transaction': true,
};

describe('the table of rules', () => {
  test('has one rule for each code', () => {
    expect(rules.map((rule) => rule.code).sort()).toEqual(Object.keys(codes).sort());
  });

  test('says why in sentences', () => {
    for (const { because } of rules) expect(because).toMatch(/^[A-Z].{40,}\.$/u);
  });

  test('names each name of Orchestrator once in a rule', () => {
    for (const { orchestrator = [] } of rules) expect(new Set(orchestrator).size).toBe(orchestrator.length);
  });
});
