/** Wires a controller's routes: what each kind of them needs beside its settings. */
import type { Clock } from './core/clock.ts';
import type { Address } from './core/identity.ts';
import type { Route, RouteFactory } from './core/route.ts';
import { haproxyRoute } from './routes/haproxy/index.ts';
import { type VipHost, vipRoute } from './routes/vip/index.ts';

export interface RoutesParts {
  agents(address: Address): VipHost['agent'];
  readonly clock: Clock;
}

/** One object a route for as long as the process lives, so that a release knows what the hold had seen. */
export function controllerRoutes({ agents, clock }: RoutesParts): RouteFactory {
  const routes = new Map<string, Route>();
  const make: RouteFactory = (settings, { servers }) => {
    switch (settings.kind) {
      case 'haproxy':
        return haproxyRoute(settings, clock);
      case 'vip': {
        const carriers = servers.flatMap(({ address, agent }) =>
          agent ? [{ server: address, agent: agents(agent) }] : [],
        );
        return vipRoute(settings, carriers, clock);
      }
    }
  };
  return (settings, cluster) => {
    const key = JSON.stringify([cluster.name, settings]);
    const route = routes.get(key) ?? make(settings, cluster);
    routes.set(key, route);
    return route;
  };
}
