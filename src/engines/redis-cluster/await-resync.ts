/** After a hand-over: whether the old primary goes on from where it was, or needs a full copy (redis.md §2.3). */
import type { Call, Clock } from '../../core/clock.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import type { HandOverOrder } from './hand-over-order.ts';
import type { Syncs } from './node-facts.ts';
import type { Prepared } from './prepare-hand-over.ts';

export interface Resync {
  /**
   * `full`: the new primary has given a full copy since, to the old one or to a sibling. `pending`: the old primary did not
   * replicate in the time that it was given; nothing is known of it when it does not answer.
   */
  readonly kind: 'partial' | 'full' | 'pending';
  /** By the new primary, to any replica, since it was told. */
  readonly given: Syncs;
}

interface Parts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
  readonly prepared: Prepared;
}

const resyncMs = 5_000;
const everyMs = 20;

/** Never throws but for the call's own signal: the hand-over is done, whatever becomes of this. */
export async function awaitResync(
  order: HandOverOrder,
  { nodes, clock, prepared }: Parts,
  call: Call,
): Promise<Resync> {
  const { link, shard, facts } = prepared;
  const old = order.dead?.has(shard.primary) === true ? undefined : nodes.get(shard.primary);
  const end = clock.monotonic() + Math.min(order.resyncMs ?? resyncMs, call.deadlineMs);
  let given: Syncs = { full: 0, partial: 0 };
  for (;;) {
    const left = end - clock.monotonic();
    if (left <= 0 || old === undefined) return { kind: given.full > 0 ? 'full' : 'pending', given };
    const brief: Call = { ...call, deadlineMs: Math.max(1, Math.min(left, 1_000)) };
    // In this order: a copy that it needed has been counted by the time at which its link is up.
    const replication = await old.replication(brief).catch(() => undefined);
    const after = await link.facts(brief).catch(() => undefined);
    call.signal.throwIfAborted();
    if (after !== undefined) {
      given = {
        full: after.given.full - facts.given.full,
        partial: after.given.partial - facts.given.partial,
      };
      if (given.full > 0) return { kind: 'full', given };
      if (replication?.replication === 'up') return { kind: 'partial', given };
    }
    await clock.sleep(Math.min(everyMs, left), call.signal);
  }
}
