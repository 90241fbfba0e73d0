/** Which servers an abandoned operation may have made the primary, as it is remembered over restarts of controllers. */
import { z } from 'zod';
import type { Doubt } from '../../core/failover/doubt.ts';
import {
  type ClusterName,
  type OperationId,
  operationId,
  type ServerId,
  serverId,
} from '../../core/identity.ts';
import type { Operation, StepOutput } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import type { Store, Write } from '../../core/store.ts';
import { keys } from './keys.ts';

/** Who may take writes besides the primary: in doubt, or as a former primary that comes back. */
export interface Suspects {
  readonly doubts: Map<ServerId, Doubt>;
  readonly replaced: Map<ServerId, OperationId>;
}

export interface Doubting {
  readonly writes: readonly Write[];
  apply(suspects: Suspects): void;
}

export interface Ended {
  /** Who put its candidate down before it said whether it was promoted. */
  readonly putDown?: string | undefined;
  readonly outputs: ReadonlyMap<string, StepOutput>;
}

const doubtSchema = z.object({
  operation: z.string().transform(operationId),
  at: z.number(),
  name: z.string(),
  address: z.object({ host: z.string(), port: z.number() }),
  downBy: z.string().exactOptional(),
});

/** Of an operation that has ended. */
export function doubtsAfter(operation: Operation, { putDown, outputs }: Ended): Doubting {
  const { plan, status, abandoned } = operation;
  if (plan && abandoned) return doubted(operation, plan, abandoned.candidateDown ? abandoned.by : undefined);
  if (plan && putDown !== undefined) return doubted(operation, plan, putDown);
  return plan && status === 'succeeded' ? settled(operation, plan, outputs) : nothing;
}

const nothing: Doubting = { writes: [], apply: () => undefined };

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
    apply: ({ doubts }) => void doubts.set(server, doubt),
  };
}

/**
 * Who is the primary now, and who was, is known. A failover has told what others may hold, too: one that was not seen
 * read-only may come back writable, and is a former primary from now on.
 */
function settled({ id, cluster }: Operation, plan: Plan, outputs: Ended['outputs']): Doubting {
  if (plan.kind !== 'switchover' && plan.kind !== 'failover') return nothing;
  const ends = [plan.from.id, plan.to.id];
  const told = plan.steps
    .flatMap(({ action }) => (action.verb === 'assess' ? (action.limits.possible ?? []) : []))
    .map(({ server }) => server.id)
    .filter((server) => !ends.includes(server));
  const readOnly = new Set(
    plan.steps.flatMap((step) =>
      step.action.verb === 'rule-out' && outputs.get(step.id)?.fence === 'read-only'
        ? [step.action.server.id]
        : [],
    ),
  );
  const dealtWith = [...ends, ...told];
  const former = told.filter((server) => !readOnly.has(server));
  return {
    writes: [
      ...dealtWith.map((server) => ({ delete: keys.doubt(cluster, server) })),
      ...former.map((server) => ({ put: keys.replaced(cluster, server), value: id })),
    ],
    apply: ({ doubts, replaced }) => {
      for (const server of dealtWith) doubts.delete(server);
      for (const server of former) replaced.set(server, id);
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
