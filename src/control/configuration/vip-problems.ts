/** What a cluster with an address that moves needs, and what two clusters must not share. */
import { routeTraits } from '../../core/route.ts';
import { carriedRoute } from '../../core/switchover/carried-routes.ts';
import type { ClusterText } from './cluster-schema.ts';
import { type Problem, pathText } from './problems.ts';

export function vipProblems(clusters: readonly ClusterText[]): readonly Problem[] {
  return [...clusters.flatMap(withoutAgent), ...takenTwice(clusters)];
}

/** A server that may become the primary needs somebody on its host who claims the address. */
function withoutAgent({ routes, servers }: ClusterText, at: number): readonly Problem[] {
  const route = carriedRoute(routes);
  if (route === undefined) return [];
  return servers.flatMap(({ agent, promotionRule }, index) =>
    agent !== undefined || promotionRule === 'must_not'
      ? []
      : [
          {
            path: ['clusters', at, 'servers', index],
            message: `needs its agent: route ${route.name} is carried by the agents (or promotionRule: must_not)`,
          },
        ],
  );
}

function takenTwice(clusters: readonly ClusterText[]): readonly Problem[] {
  const first = new Map<string, readonly PropertyKey[]>();
  return clusters.flatMap(({ routes }, at) =>
    routes.flatMap((route, index) => {
      const address = routeTraits(route).carries?.split('/')[0];
      if (address === undefined) return [];
      const path = ['clusters', at, 'routes', index, 'address'];
      const earlier = first.get(address);
      if (earlier === undefined) first.set(address, path);
      return earlier === undefined
        ? []
        : [{ path, message: `${address} is already taken by ${pathText(earlier)}` }];
    }),
  );
}
