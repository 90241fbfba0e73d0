/** The policy that a scenario's cluster is run by. */
import type { ClusterPolicy, FailoverPolicy, HookSettings, RouteSettings } from '../../src/core/policy.ts';
import { testPolicy } from '../../src/core/testing/test-policy.ts';
import type { ServerModel } from '../../src/simulator/server-model.ts';
import type { FailoverTraits, Scenario } from './scenario.ts';

export const cluster = 'orders';
export const agentPort = 7007;

const routeSettings: RouteSettings = {
  name: 'orders-rw',
  kind: 'haproxy',
  socket: '/model',
  backend: 'orders',
  server: 'primary',
  frontend: 'orders',
};

export function policyOf(scenario: Scenario, servers: readonly ServerModel[]): ClusterPolicy {
  const { failover, engine, route, hook } = scenario;
  const settings = servers.map(({ name, traits }) => ({
    name,
    address: traits.address,
    promotionRule: 'neutral' as const,
    ...(failover?.agents ? { agent: { host: traits.address.host, port: agentPort } } : {}),
  }));
  const before: HookSettings = { command: ['model-hook'], timeoutMs: 500 };
  return testPolicy(cluster, engine, settings, {
    // Nobody acts on a death in these runs.
    ...(failover ? {} : { detection: { pulseMs: 2000 } }),
    switchover: { stepMs: 2000, followMs: 5000, approachMs: 3000, graceMs: 300 },
    ...(failover ? { failover: automatic(failover) } : {}),
    routes: route ? [routeSettings] : [],
    hooks: { beforeSwitchover: hook ? [before] : [], afterSwitchover: [] },
  });
}

function automatic(traits: FailoverTraits): Partial<FailoverPolicy> {
  const { durability, maxLoss, graceMs, salvageMs, rejoin } = traits;
  const times = { levelMs: 5000, stepMs: 2000, followMs: 5000 };
  return { mode: 'automatic', durability, maxLoss, graceMs, salvageMs, rejoin, ...times };
}
