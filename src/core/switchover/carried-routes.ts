/** Routes that agents carry: an address comes to no server without one of its own. */
import type { RouteSettings } from '../policy.ts';
import { routeTraits } from '../route.ts';
import type { Node } from '../topology.ts';
import type { Situation } from './situation.ts';

/** The first of them; each comes to the same servers. */
export function carriedRoute(routes: readonly RouteSettings[]): RouteSettings | undefined {
  return routes.find((route) => routeTraits(route).carries !== undefined);
}

/** Why the server would serve without its clients; undefined when every route can come to it. */
export function uncarriedRoute(
  { settings, name }: Node,
  { policy }: Situation,
): readonly [fact: string, needs: string] | undefined {
  const route = carriedRoute(policy.routes);
  if (route === undefined || settings.agent !== undefined) return undefined;
  return [
    `route ${route.name} cannot come to ${name}: no agent is configured beside it`,
    'the server in the configuration, with its agent (servers[].agent)',
  ];
}
