/** What a failover cannot promise of an address that moves with the primary. */
import type { ClusterPolicy } from '../policy.ts';
import { routeTraits } from '../route.ts';
import type { Node } from '../topology.ts';

export interface AddressFacts {
  readonly policy: Pick<ClusterPolicy, 'routes'>;
  readonly dead: Pick<Node, 'name'>;
  readonly candidate: Pick<Node, 'name'>;
  /** The agent on the dead server's host did not answer, or there is none. */
  readonly silent: boolean;
}

/** Two hosts that answer for one address lead clients to either, so it is not claimed while another one has it. */
export function addressWarnings({ policy, dead, candidate, silent }: AddressFacts): readonly string[] {
  if (!silent) return [];
  return policy.routes
    .flatMap((route) => routeTraits(route).carries ?? [])
    .map(
      (address) =>
        `${address} may still be on the host of ${dead.name}, which nobody reaches: it comes to ${candidate.name} only when no other host answers for it`,
    );
}
