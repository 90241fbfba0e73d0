/** Routes that agents carry: an address comes to no server without one of its own. */
import type { Node } from '../topology.ts';
import type { Situation } from './situation.ts';

/** Why the server would serve without its clients; undefined when every route can come to it. */
export function uncarriedRoute(
  { settings, name }: Node,
  { policy }: Situation,
): readonly [fact: string, needs: string] | undefined {
  const route = policy.routes.find(({ kind }) => kind === 'vip');
  if (route === undefined || settings.agent !== undefined) return undefined;
  return [
    `route ${route.name} cannot come to ${name}: no agent is configured beside it`,
    'the server in the configuration, with its agent (servers[].agent)',
  ];
}
