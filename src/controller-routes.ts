/** Wires a controller's routes: what each kind of them needs beside its settings. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterSetup } from './control/cluster-setup.ts';
import type { Clock } from './core/clock.ts';
import type { HostAgent } from './core/host.ts';
import type { Address } from './core/identity.ts';
import type { VipSettings } from './core/policy.ts';
import type { RouteFactory } from './core/route.ts';
import { haproxyRoutes } from './routes/haproxy/index.ts';
import { type VipHost, vipRoutes } from './routes/vip/index.ts';

export interface RoutesParts {
  readonly clusters: readonly ClusterSetup[];
  agents(address: Address): HostAgent;
  readonly clock: Clock;
}

export function controllerRoutes({ clusters, agents, clock }: RoutesParts): RouteFactory {
  const haproxy = haproxyRoutes(clock);
  // The servers of the cluster whose route it is.
  const hostsOf = (settings: VipSettings): readonly VipHost[] =>
    clusters
      .filter(({ policy }) => policy.routes.some((route) => isDeepStrictEqual(route, settings)))
      .flatMap(({ policy }) => policy.servers)
      .flatMap(({ address, agent }) => (agent ? [{ server: address, agent: agents(agent) }] : []));
  const vip = vipRoutes(hostsOf, clock);
  return (settings) => (settings.kind === 'haproxy' ? haproxy(settings) : vip(settings));
}
