/** A policy for tests: what a configuration that names nothing but the servers would say, in round numbers. */
import { clusterName } from '../identity.ts';
import type { EngineKind } from '../observation.ts';
import type { ClusterPolicy, ServerSettings, SwitchoverPolicy } from '../policy.ts';

export interface PolicyTraits extends Partial<Omit<ClusterPolicy, 'switchover' | 'name'>> {
  readonly switchover?: Partial<SwitchoverPolicy>;
}

export function testPolicy(
  name: string,
  engine: EngineKind,
  servers: readonly ServerSettings[],
  traits: PolicyTraits = {},
): ClusterPolicy {
  return {
    engine,
    seeds: servers.map((server) => server.address),
    servers,
    lagFindingMs: 10_000,
    longTransactionSeconds: 60,
    routes: [],
    hooks: { beforeSwitchover: [], afterSwitchover: [] },
    ...traits,
    name: clusterName(name),
    switchover: { ...switchover, ...traits.switchover },
  };
}

const switchover: SwitchoverPolicy = {
  maxLagMs: 10_000,
  graceMs: 500,
  afterGrace: 'end',
  reachMs: 2_000,
  approachMs: 10_000,
  stepMs: 5_000,
  followMs: 30_000,
  crossDataCenter: false,
};
