/** Which servers an abandoned operation may have made the primary, as it is remembered over restarts of controllers. */
import { z } from 'zod';
import { type Doubt, dealtWith } from '../../core/failover/possible-primaries.ts';
import { type ClusterName, operationId, type ServerId, serverId } from '../../core/identity.ts';
import type { Operation } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import type { Store, Write } from '../../core/store.ts';
import { keys } from './keys.ts';

export interface Doubting {
  readonly writes: readonly Write[];
  apply(doubts: Map<ServerId, Doubt>): void;
}

const doubtSchema = z.object({
  operation: z.string().transform(operationId),
  at: z.number(),
  name: z.string(),
  address: z.object({ host: z.string(), port: z.number() }),
  downBy: z.string().exactOptional(),
});

/** Of an operation that has ended; `putDown`: who put its candidate down before it said whether it was promoted. */
export function doubtsAfter(operation: Operation, putDown?: string): Doubting {
  const { cluster, plan, status, abandoned } = operation;
  if (plan && abandoned) return doubted(operation, plan, abandoned.candidateDown ? abandoned.by : undefined);
  if (plan && putDown !== undefined) return doubted(operation, plan, putDown);
  return settled(cluster, plan && status === 'succeeded' ? dealtWith(plan) : []);
}

/** With `downBy` it takes no writes any more, as that one says; what it took before is told by the next failover. */
export function doubted(
  { id, cluster, finishedAt = 0 }: Operation,
  { to: { id: server, name, address } }: Plan,
  downBy: string | undefined,
): Doubting {
  const off = downBy === undefined ? {} : { downBy };
  const doubt: Doubt = { operation: id, at: finishedAt, name, address, ...off };
  return {
    writes: [{ put: keys.doubt(cluster, server), value: JSON.stringify(doubt) }],
    apply: (doubts) => void doubts.set(server, doubt),
  };
}

function settled(cluster: ClusterName, servers: readonly ServerId[]): Doubting {
  return {
    writes: servers.map((server) => ({ delete: keys.doubt(cluster, server) })),
    apply: (doubts) => {
      for (const server of servers) doubts.delete(server);
    },
  };
}

/** As they are now: in a store that is shared, others write them, too. */
export async function readDoubts(
  store: Store,
  cluster: ClusterName,
  doubts: Map<ServerId, Doubt>,
): Promise<void> {
  const prefix = keys.allDoubts(cluster);
  const { entries } = await store.range(prefix);
  const read = entries.map(
    ({ key, value }) => [serverId(key.slice(prefix.length)), doubtSchema.parse(JSON.parse(value))] as const,
  );
  doubts.clear();
  for (const [server, doubt] of read) doubts.set(server, doubt);
}
