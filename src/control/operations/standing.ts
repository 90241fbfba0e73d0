/** Which server is a former primary after an operation, as it is remembered over restarts of controllers. */
import { z } from 'zod';
import type { ClusterName, OperationId, ServerId } from '../../core/identity.ts';
import { operationId, serverId } from '../../core/identity.ts';
import type { Operation } from '../../core/operation.ts';
import type { Plan, PlanKind } from '../../core/plan.ts';
import type { Store, Write } from '../../core/store.ts';
import { keys } from './keys.ts';

/** Who is the primary and who was, by what operations did; looks at the servers may be older. */
/** Also of who is a member at all. */
export interface Ranks {
  readonly replaced: Map<ServerId, OperationId>;
  primary: ServerId | undefined;
  /** It is no member any more, and is not looked at unless the configuration names it. */
  forget(server: ServerId): void;
}

export interface Standing {
  readonly writes: readonly Write[];
  apply(ranks: Ranks): void;
}

/** Who is the primary, and who was, stays as it is. */
const rankless: ReadonlySet<PlanKind> = new Set<PlanKind>(['relocation', 'fencing', 'repair']);

/** Of an operation that succeeded: who was replaced, and who is a former primary no more. */
export function standing({
  id,
  cluster,
  plan,
  requestedAt,
  finishedAt = requestedAt,
}: Operation): Standing | undefined {
  if (plan?.kind === 'reshape') return withoutForgotten(cluster, plan);
  if (!plan || rankless.has(plan.kind)) return undefined;
  const took = { cluster, from: plan.from.id, requestedAt, finishedAt };
  // The servers of a cluster tell each other who leads.
  if (plan.steps.some(({ action }) => action.verb === 'hand-over')) {
    return { writes: plan.kind === 'failover' ? [takeoverWrite(id, took)] : [], apply: () => undefined };
  }
  const out = plan.kind === 'rejoin' ? undefined : plan.from.id;
  const back = plan.kind === 'rejoin' ? plan.from.id : plan.to.id;
  return {
    writes: [
      { delete: keys.replaced(cluster, back) },
      ...(out === undefined
        ? []
        : [
            { put: keys.replaced(cluster, out), value: id },
            { put: keys.primary(cluster), value: back },
          ]),
      ...(plan.kind === 'failover' ? [takeoverWrite(id, took)] : []),
    ],
    apply: (ranks) => {
      ranks.replaced.delete(back);
      if (out === undefined) return;
      ranks.replaced.set(out, id);
      ranks.primary = back;
    },
  };
}

function withoutForgotten(cluster: ClusterName, { steps }: Plan): Standing | undefined {
  const gone = steps.flatMap(({ action }) => (action.verb === 'forget' ? [action.server.id] : []));
  if (gone.length === 0) return undefined;
  return {
    writes: gone.map((id) => ({ delete: `${keys.members(cluster)}${id}` })),
    apply: (ranks) => {
      for (const id of gone) ranks.forget(id);
    },
  };
}

export async function readRanks(store: Store, cluster: ClusterName, ranks: Ranks): Promise<void> {
  const prefix = keys.allReplaced(cluster);
  const [{ entries }, primary] = await Promise.all([store.range(prefix), store.get(keys.primary(cluster))]);
  for (const { key, value } of entries)
    ranks.replaced.set(serverId(key.slice(prefix.length)), operationId(value));
  ranks.primary = primary && serverId(primary.value);
}

const takeoverSchema = z.object({
  cluster: z.string(),
  /** Absent in what earlier releases wrote. */
  from: z.string().exactOptional(),
  requestedAt: z.number(),
  finishedAt: z.number(),
});

/** A failover that succeeded. */
export type Takeover = z.output<typeof takeoverSchema>;

const takeoverWrite = (id: OperationId, takeover: Takeover): Write => ({
  put: keys.takeover(id),
  value: JSON.stringify(takeover),
});

/** Newest first. */
export async function readTakeovers(store: Store, limit: number): Promise<readonly Takeover[]> {
  const { entries } = await store.range(keys.allTakeovers, { limit, reverse: true });
  return entries.map(({ value }) => takeoverSchema.parse(JSON.parse(value)));
}

/** A server that was replaced, or promoted, before this controller had ever seen it went by its address until now. */
export function recognize(
  cluster: ClusterName,
  before: ServerId,
  now: ServerId,
  ranks: Ranks,
): readonly Write[] {
  const writes: Write[] = [];
  const operation = ranks.replaced.get(before);
  if (operation !== undefined) {
    ranks.replaced.delete(before);
    ranks.replaced.set(now, operation);
    writes.push(
      { delete: keys.replaced(cluster, before) },
      { put: keys.replaced(cluster, now), value: operation },
    );
  }
  if (ranks.primary === before) {
    ranks.primary = now;
    writes.push({ put: keys.primary(cluster), value: now });
  }
  return writes;
}
