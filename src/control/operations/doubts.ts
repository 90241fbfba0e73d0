/** Which servers an abandoned operation may have made the primary, as it is remembered over restarts of controllers. */
import { z } from 'zod';
import { type Doubt, ruledOut } from '../../core/failover/possible-primaries.ts';
import { type ClusterName, operationId, type ServerId, serverId } from '../../core/identity.ts';
import type { Operation } from '../../core/operation.ts';
import type { Store, Write } from '../../core/store.ts';
import { keys } from './keys.ts';

export interface Doubting {
  readonly writes: readonly Write[];
  apply(doubts: Map<ServerId, Doubt>): void;
}

const doubtSchema = z.object({ operation: z.string().transform(operationId), at: z.number() });

/** Of an operation that has ended. */
export function doubtsAfter({ id, cluster, plan, status, abandoned, finishedAt = 0 }: Operation): Doubting {
  if (plan && abandoned && !abandoned.candidateDown) {
    const doubt: Doubt = { operation: id, at: finishedAt };
    return {
      writes: [{ put: keys.doubt(cluster, plan.to.id), value: JSON.stringify(doubt) }],
      apply: (doubts) => void doubts.set(plan.to.id, doubt),
    };
  }
  return settled(cluster, plan && status === 'succeeded' ? ruledOut(plan) : []);
}

/** They take no writes: a plan has seen to it, or a person. */
export function settled(cluster: ClusterName, servers: readonly ServerId[]): Doubting {
  return {
    writes: servers.map((server) => ({ delete: keys.doubt(cluster, server) })),
    apply: (doubts) => {
      for (const server of servers) doubts.delete(server);
    },
  };
}

export async function readDoubts(
  store: Store,
  cluster: ClusterName,
  doubts: Map<ServerId, Doubt>,
): Promise<void> {
  const prefix = keys.allDoubts(cluster);
  const { entries } = await store.range(prefix);
  for (const { key, value } of entries)
    doubts.set(serverId(key.slice(prefix.length)), doubtSchema.parse(JSON.parse(value)));
}
