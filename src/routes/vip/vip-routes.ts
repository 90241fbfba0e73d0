/** The addresses of a running controller. */
import type { Clock } from '../../core/clock.ts';
import type { VipSettings } from '../../core/policy.ts';
import type { Route } from '../../core/route.ts';
import { type VipHost, vipRoute } from './vip-route.ts';

/** `hostsOf`: every host that may carry the address. */
export function vipRoutes(
  hostsOf: (settings: VipSettings) => readonly VipHost[],
  clock: Clock,
): (settings: VipSettings) => Route {
  const routes = new Map<string, Route>();
  return (settings) => {
    const key = JSON.stringify(settings);
    const route = routes.get(key) ?? vipRoute(settings, hostsOf(settings), clock);
    routes.set(key, route);
    return route;
  };
}
