import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClusterBuilder, cluster, nodeNamed, testTime } from '../testing/cluster-builder.ts';
import { findingsOf } from '../testing/findings-of.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import { rules } from './rules.ts';

/** All that may differ between healthy servers: releases go up along the tree, delays are on purpose, and so on. */
const healthyReplica: fc.Arbitrary<ServerTraits> = fc.record({
  lagSeconds: fc.integer({ min: 0, max: 10 }),
  behind: fc.nat({ max: 50 }),
  writeMode: fc.constantFrom('read-only', 'super-read-only'),
  promotionRule: fc.constantFrom('must', 'prefer', 'neutral', 'prefer_not', 'must_not'),
  semiSync: fc.record({ replicaEnabled: fc.boolean(), replicaActive: fc.boolean() }),
  longTransactions: fc.constantFrom([], [{ sessionId: 1, user: 'backup', seconds: 9_999 }]),
  extraSources: fc.constantFrom([], ['192.0.2.1:3306']),
});

const delayed = fc.tuple(healthyReplica, fc.constantFrom(0, 3_600)).map(
  ([traits, delaySeconds]): ServerTraits => ({
    ...traits,
    delaySeconds,
    lagSeconds: (traits.lagSeconds ?? 0) + delaySeconds,
  }),
);

interface Shape {
  /** A lone primary, one of two in a ring, or the top of a standby cluster. */
  readonly top: 'primary' | 'ring' | 'standby';
  readonly engine: 'mariadb' | 'mysql';
  /** Each follows one of those before it. */
  readonly replicas: readonly (readonly [parent: number, traits: ServerTraits])[];
  readonly downtimed: boolean;
}

const healthyShape: fc.Arbitrary<Shape> = fc.record({
  top: fc.constantFrom('primary', 'ring', 'standby'),
  engine: fc.constantFrom('mariadb', 'mysql'),
  replicas: fc.array(fc.tuple(fc.nat(), delayed), { maxLength: 8 }),
  downtimed: fc.boolean(),
});

function build({ top, engine, replicas, downtimed }: Shape): ClusterBuilder {
  const downtime = { until: testTime + 1, owner: 'marc', reason: 'none' };
  const traits: ServerTraits = downtimed ? { downtime } : {};
  const empty = cluster('any', engine);
  const tops: Readonly<Record<Shape['top'], ClusterBuilder>> = {
    primary: empty.primary('db0', traits),
    ring: empty.primary('db0', { ...traits, source: 'peer' }).replica('peer', { source: 'db0' }),
    standby: empty.primary('db0', { ...traits, source: '192.0.2.9:3306', writeMode: 'read-only' }),
  };
  return replicas.reduce<ClusterBuilder>(
    (builder, [parent, replica], index) =>
      builder.replica(`db${index + 1}`, { ...replica, source: `db${parent % (index + 1)}` }),
    tops[top],
  );
}

describe('diagnosis', () => {
  test('finds nothing wrong with any healthy cluster', () => {
    fc.assert(
      fc.property(healthyShape, (shape) => {
        expect(findingsOf(build(shape))).toEqual([]);
      }),
    );
  });

  test('calls no server but the silent one into question when one falls silent, and its source when left alone', () => {
    fc.assert(
      fc.property(healthyShape, fc.nat(), (shape, which) => {
        const name = `db${which % (shape.replicas.length + 1)}`;
        const builder = build(shape).with(name, { unreachable: 'timed-out' });
        const all = findingsOf(builder);
        const findings = all.filter(({ code }) => code !== 'no-replica-replicates');
        const accused = new Set(findings.map((finding) => finding.serverName ?? name));
        expect([...accused]).toEqual([name]);
        const source = nodeNamed(builder.topology(), name).source;
        const alone = all.filter(({ code }) => code === 'no-replica-replicates');
        for (const { server } of alone) expect(server).toBe(source);
      }),
    );
  });

  test('uses only the names of Orchestrator that its table tells', () => {
    const ill = fc.constantFrom<ServerTraits>(
      { unreachable: true },
      { applier: 'stopped' },
      { lagSeconds: 99 },
      { errant: 2 },
      { writeMode: 'read-only' },
      { gtid: false },
      { version: '5.5.5' },
      { log: { enabled: false, logsReplicated: false } },
    );
    fc.assert(
      fc.property(healthyShape, fc.array(fc.tuple(fc.nat(), ill), { maxLength: 4 }), (shape, ills) => {
        const builder = ills.reduce<ClusterBuilder>(
          (so, [which, traits]) => so.with(`db${which % (shape.replicas.length + 1)}`, traits),
          build(shape),
        );
        for (const { code, orchestrator } of findingsOf(builder)) {
          const known = rules.find((rule) => rule.code === code)?.orchestrator ?? [];
          expect([undefined, ...known]).toContain(orchestrator);
        }
      }),
    );
  });
});
