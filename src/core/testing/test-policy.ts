/** A policy for tests: what a configuration that names nothing but the servers would say, in round numbers. */
import { clusterName } from '../identity.ts';
import type { EngineKind } from '../observation.ts';
import type {
  ClusterPolicy,
  DetectionPolicy,
  FailoverPolicy,
  ServerSettings,
  SwitchoverPolicy,
} from '../policy.ts';

export interface PolicyTraits
  extends Partial<Omit<ClusterPolicy, 'switchover' | 'failover' | 'detection' | 'hooks' | 'name'>> {
  readonly hooks?: Partial<ClusterPolicy['hooks']>;
  readonly switchover?: Partial<SwitchoverPolicy>;
  readonly failover?: Partial<FailoverPolicy>;
  readonly detection?: Partial<DetectionPolicy>;
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
    ...traits,
    hooks: { ...noHooks, ...traits.hooks },
    name: clusterName(name),
    switchover: { ...switchover, ...traits.switchover },
    failover: { ...failover, ...traits.failover },
    detection: { ...detection, ...traits.detection },
  };
}

const noHooks: ClusterPolicy['hooks'] = {
  beforeSwitchover: [],
  afterSwitchover: [],
  fence: [],
  beforeFailover: [],
  afterFailover: [],
};

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

/** Manual, so that a test that kills a primary for another reason is not surprised. */
const failover: FailoverPolicy = {
  mode: 'manual',
  durability: 'salvage',
  maxLoss: 0,
  maxLagMs: 60_000,
  graceMs: 0,
  salvageMs: 10_000,
  levelMs: 60_000,
  stepMs: 5_000,
  followMs: 30_000,
  crossDataCenter: false,
  crossRegion: false,
  quietMs: 3_600_000,
  takeover: false,
  rejoin: 'manual',
  restore: ['flashback', 'clone'],
  keepOldData: true,
};

const detection: DetectionPolicy = { pulseMs: 250, answerMs: 750, inquestMs: 2_000, stuckMs: 3_000 };
