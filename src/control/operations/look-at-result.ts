/** The look that follows an operation: whoever sees its end looks at the topology next. */
import type { Plan } from '../../core/plan.ts';
import type { ClusterWatch } from '../observation/cluster-watch.ts';

/** Ends the waiting, and the looks. */
export interface Until {
  readonly giveUp: AbortSignal;
  readonly stop: AbortSignal;
}

/**
 * A primary that was found dead is not waited for, and nobody is once the operation is given up: whoever did that waits
 * for the cluster, and may do so because a server does not answer.
 */
export async function lookAtResult(
  { kind, from, steps }: Plan,
  servers: ClusterWatch,
  { giveUp, stop }: Until,
): Promise<void> {
  if (giveUp.aborted) return;
  const ids = new Set(steps.flatMap(({ action }) => ('server' in action ? [action.server.id] : [])));
  if (kind === 'failover' || kind === 'relocation') ids.delete(from.id);
  const members = [...ids].map((id) => servers.byId(id)).filter((member) => member !== undefined);
  const looks = members.map((member) => servers.lookAt(member, stop));
  const { promise: givenUp, resolve } = Promise.withResolvers<void>();
  giveUp.addEventListener('abort', () => resolve(), { once: true });
  await Promise.race([Promise.all(looks), givenUp]);
}
