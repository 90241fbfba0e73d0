/** The routes of a running controller. */
import type { Clock } from '../../core/clock.ts';
import type { HaproxySettings } from '../../core/policy.ts';
import type { Route } from '../../core/route.ts';
import { haproxyRoute } from './haproxy-route.ts';

/** One object a slot for as long as the process lives, so that a release knows what the hold had read. */
export function haproxyRoutes(clock: Clock): (settings: HaproxySettings) => Route {
  const routes = new Map<string, Route>();
  return (settings) => {
    const key = JSON.stringify(settings);
    const route = routes.get(key) ?? haproxyRoute(settings, clock);
    routes.set(key, route);
    return route;
  };
}
