import { describe, expect, test } from 'vitest';
import type { EngineKind, SemiSync } from '../observation.ts';
import { type ClusterBuilder, cluster } from '../testing/cluster-builder.ts';
import { findingsOf } from '../testing/findings-of.ts';
import type { ServerTraits } from '../testing/server-traits.ts';

const on: Partial<SemiSync> = {
  sourceEnabled: true,
  sourceActive: true,
  requiredAcks: 2,
  connectedReplicas: 2,
};
const short: Partial<SemiSync> = { ...on, connectedReplicas: 1 };
const clusterOf = (db1: ServerTraits, engine: EngineKind = 'mysql'): ClusterBuilder =>
  cluster('orders', engine).primary('db1', db1).replica('db2');
const found = (builder: ClusterBuilder) =>
  findingsOf(builder).filter(({ code }) => code.startsWith('semi-sync'));

test('enough acknowledgements, or none waited for, are as it should be', () => {
  expect(found(clusterOf({ semiSync: on }))).toEqual([]);
  expect(found(clusterOf({ semiSync: { ...short, sourceEnabled: false, sourceActive: false } }))).toEqual([]);
  expect(found(clusterOf({ semiSync: { ...short, requiredAcks: 0 } }))).toEqual([]);
});

describe('a primary short of acknowledgements', () => {
  const before = { seenMsAgo: 1_000 };

  test('is locked when nothing was committed between two such looks', () => {
    expect(found(clusterOf({ semiSync: short, previous: before }))).toMatchObject([
      {
        code: 'semi-sync-locked',
        server: 'db1',
        severity: 'critical',
        orchestrator: 'LockedSemiSyncMaster',
        summary:
          'db1 needs 2 acknowledgements for a commit and has 1 semi-sync replica; nothing was committed in the last 1000 ms',
        evidence: { requiredAcks: 2, connectedReplicas: 1, unchangedMs: 1_000 },
        blocks: ['switchover'],
      },
    ]);
  });

  test.each<[string, ServerTraits | undefined]>([
    ['it is the first look', undefined],
    ['something was committed in between', { ...before, behind: 1 }],
    ['it had enough the look before', { ...before, semiSync: on }],
  ])('may lock when %s', (_, previous) => {
    const traits = previous === undefined ? { semiSync: short } : { semiSync: short, previous };
    expect(found(clusterOf(traits))).toMatchObject([
      { code: 'semi-sync-short', severity: 'warning', orchestrator: 'LockedSemiSyncMasterHypothesis' },
    ]);
  });

  test('that has given up waiting is told as such', () => {
    expect(found(clusterOf({ semiSync: { ...short, sourceActive: false } }))).toMatchObject([
      {
        code: 'semi-sync-inactive',
        summary: 'db1 needs 2 acknowledgements for a commit and has 1 semi-sync replica; it no longer waits',
      },
    ]);
  });

  test('is told on MariaDB, where Orchestrator is silent', () => {
    const semiSync = { ...short, requiredAcks: 1, connectedReplicas: 0 };
    const [finding] = found(clusterOf({ semiSync, previous: before }, 'mariadb'));
    expect(finding?.code).toBe('semi-sync-locked');
    expect(finding?.orchestrator).toBeUndefined();
  });

  test('but silent, is told as silent only', () => {
    expect(found(clusterOf({ semiSync: short, unreachable: true }))).toEqual([]);
  });
});

test('more than enough are told only where the policy wants exactly as many', () => {
  const surplus = clusterOf({ semiSync: { ...on, connectedReplicas: 3 } });
  expect(found(surplus)).toEqual([]);
  expect(findingsOf(surplus, surplus.policy({ exactSemiSync: true }))).toMatchObject([
    { code: 'semi-sync-surplus', severity: 'notice', orchestrator: 'MasterWithTooManySemiSyncReplicas' },
  ]);
});
