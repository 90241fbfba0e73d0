/**
 * A manual failover of one shard of a Redis Cluster, followed through: checked, sent, and watched until a majority of
 * primaries sees it, or until it cannot come about any more. The server only says that it has accepted it (redis.md §1.2).
 *
 * Redis Cluster has no command that ends one that is under way. An attempt in mode `default` that comes to nothing has
 * blocked the shard's writes, but no reads, for up to 5 s; they are carried out then, by the old primary. That is why so
 * much is checked before. An attempt that was given up can still succeed by late votes while its candidate's cooldown
 * lasts: look again before anything else is done to the shard.
 */
import type { Call, Clock } from '../../core/clock.ts';
import type { NodeId } from '../../core/shards/cluster-view.ts';
import { type Election, electionWaitMs } from '../../core/shards/election-cooldown.ts';
import { awaitResync, type Resync } from './await-resync.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import { explainHandOver } from './explain-hand-over.ts';
import type { HandOverFailure, HandOverOrder } from './hand-over-order.ts';
import { type Prepared, prepareHandOver } from './prepare-hand-over.ts';
import { watchHandOver } from './watch-hand-over.ts';

export interface HandOverParts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
}

export type HandOverOutcome =
  | {
      readonly ok: true;
      /** The candidate's own, by which it owns the slots. */
      readonly epoch: number;
      /** From the command until a majority was seen to see it. */
      readonly tookMs: number;
      readonly seenBy: readonly NodeId[];
      readonly resync: Resync;
      /** For the caller's memory; absent in mode takeover, in which nobody votes. */
      readonly election?: Election;
    }
  | {
      readonly ok: false;
      /** The candidate was told. If not, nothing has changed. */
      readonly sent: boolean;
      /** At least one; those of before all at once, those of after in the order of their weight. */
      readonly failures: readonly HandOverFailure[];
      /** Replicas of the shard that may be told at once instead; never the candidate. */
      readonly instead: readonly NodeId[];
      readonly election?: Election;
    };

/** `CLUSTER_MF_TIMEOUT` (cluster.h) is 5 s on both sides; its cron notices 100 ms later. */
const attemptMs = 5_500;

/** Throws when the call ends before the outcome is known; what was `remember`ed holds then. */
export async function handOverShard(
  order: HandOverOrder,
  parts: HandOverParts,
  call: Call,
): Promise<HandOverOutcome> {
  const { clock } = parts;
  const prepared = await prepareHandOver(order, parts, call);
  if (!prepared.ok) {
    const instead = [...new Set(prepared.failures.flatMap((failure) => failure.instead ?? []))];
    return { ok: false, sent: false, failures: prepared.failures, instead };
  }
  const votes = order.mode !== 'takeover';
  const stoodAt = (at: number): Election => ({ node: order.candidate, against: prepared.shard.primary, at });
  if (votes) await order.remember(stoodAt(clock.now() + attemptMs));

  const watched = await watchHandOver(order, { ...parts, prepared, attemptMs }, call);
  const { judgement, tookMs } = watched;
  // That it stood cannot be ruled out: it may do so until its own 5 s are over.
  const election = votes ? { election: stoodAt(clock.now()) } : {};
  if (judgement.kind !== 'done') {
    const failures = await explainHandOver(order, { ...parts, prepared, watched }, call);
    const late = votes && watched.accepted !== false ? election : {};
    return { ok: false, sent: true, failures, instead: insteadOf(order, prepared, late, clock), ...late };
  }
  return {
    ok: true,
    epoch: judgement.configEpoch,
    tookMs,
    seenBy: judgement.seenBy,
    resync: await awaitResync(order, { ...parts, prepared }, call),
    ...election,
  };
}

function insteadOf(
  { candidate, elections }: HandOverOrder,
  { shard, facts, silent }: Prepared,
  { election }: { readonly election?: Election },
  clock: Clock,
): readonly NodeId[] {
  const all = election === undefined ? elections : [...elections, election];
  const since = { nodeTimeoutMs: facts.nodeTimeoutMs, now: clock.now(), server: facts.server };
  return shard.replicas.filter(
    (node) =>
      node !== candidate &&
      !silent.has(node) &&
      electionWaitMs(all, { node, against: shard.primary, ...since }) === 0,
  );
}
