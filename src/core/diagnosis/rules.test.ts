import { describe, expect, test } from 'vitest';
import type { FindingCode } from '../finding.ts';
import type { ClusterFindingCode } from '../shards/cluster-rule.ts';
import { rules } from './rules.ts';

/** Complete by its type: a new code without a place here does not compile. */
const codes: Readonly<Record<Exclude<FindingCode, `route-${string}` | ClusterFindingCode>, true>> = {
  'agent-silent': true,
  'dead-co-primary': true,
  'dead-intermediate-source': true,
  'dead-primary': true,
  'disk-stuck': true,
  'duplicate-server-id': true,
  'errant-transactions': true,
  'filters-differ': true,
  'gtid-modes-differ': true,
  'gtid-off': true,
  'intermediate-source-unreachable': true,
  'log-formats-differ': true,
  'long-transaction': true,
  'no-primary': true,
  'no-replica-replicates': true,
  'primary-flapping': true,
  'primary-read-only': true,
  'primary-unreachable': true,
  'replica-broken': true,
  'replica-cannot-connect': true,
  'replica-lagging': true,
  'replica-stopped': true,
  'replica-versions-differ': true,
  'replica-without-log': true,
  'replica-writable': true,
  'semi-sync-inactive': true,
  'semi-sync-locked': true,
  'semi-sync-short': true,
  'semi-sync-surplus': true,
  'server-unreachable': true,
  'former-primary': true,
  'several-writable': true,
  'starts-writable': true,
  'version-older-than-source': true,
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
