/**
 * What is read and checked right before a replica is told to take over: core's preconditions, and those that only the
 * servers' answers of this moment can tell.
 */
import { asFault, Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { type ClusterPicture, type Shard, shardOf } from '../../core/shards/cluster-picture.ts';
import type { ClusterView, NodeId } from '../../core/shards/cluster-view.ts';
import { handOverRefusals } from '../../core/shards/hand-over-facts.ts';
import { pictureCluster } from '../../core/shards/picture-cluster.ts';
import type { ClusterNodeLink } from './cluster-node.ts';
import { type ClusterNodes, chosen, readViews } from './cluster-nodes.ts';
import type { HandOverFailure, HandOverOrder } from './hand-over-order.ts';
import type { NodeFacts } from './node-facts.ts';

/** As it was before the candidate was told. */
export interface Prepared {
  readonly link: ClusterNodeLink;
  readonly picture: ClusterPicture;
  readonly views: readonly ClusterView[];
  readonly silent: ReadonlyMap<NodeId, Fault>;
  readonly shard: Shard;
  /** The candidate's. */
  readonly facts: NodeFacts;
}

export type Preparation =
  | ({ readonly ok: true } & Prepared)
  | {
      readonly ok: false;
      readonly failures: readonly HandOverFailure[];
      /** By its own word, the candidate is one. */
      readonly replica: boolean;
    };

interface Parts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
}

const lookMs = 500;
/** A replica gets this far in a small part of the 5 s, also over a slow network. */
const nearBytes = 4 * 1024 * 1024;
const nearMs = 2_000;

/** Within seconds of an earlier hand-over some nodes still take the candidate for a primary: it tells one of them a second. */
const settleMs = 3_000;
const settling: ReadonlySet<HandOverFailure['code']> = new Set([
  'already-primary',
  'source-unknown',
  'views-disagree',
]);

/** Waits for nodes that only have not heard yet; what else stands in the way is said at once. */
export async function prepareHandOver(order: HandOverOrder, parts: Parts, call: Call): Promise<Preparation> {
  const end = parts.clock.monotonic() + Math.min(settleMs, call.deadlineMs / 2);
  for (;;) {
    const prepared = await prepareNow(order, parts, call);
    if (prepared.ok || !prepared.replica) return prepared;
    const lasting = prepared.failures.filter(({ code }) => !settling.has(code));
    if (lasting.length > 0) return { ...prepared, failures: lasting };
    if (parts.clock.monotonic() >= end) return prepared;
    await parts.clock.sleep(20, call.signal);
  }
}

async function prepareNow(order: HandOverOrder, parts: Parts, call: Call): Promise<Preparation> {
  const { candidate, dead = new Set<NodeId>() } = order;
  const look: Call = { ...call, deadlineMs: Math.min(call.deadlineMs, order.lookMs ?? lookMs) };
  const living = chosen(
    parts.nodes,
    [...parts.nodes.keys()].filter((id) => !dead.has(id)),
  );
  const link = living.get(candidate);
  const [{ views, silent }, facts] = await Promise.all([
    readViews(living, look),
    link?.facts(look).catch(asFault),
  ]);
  call.signal.throwIfAborted();
  if (link === undefined || facts === undefined || facts instanceof Fault) {
    const why = facts instanceof Fault ? `: ${facts.message}` : '';
    const fact = `${order.name(candidate)} does not answer${why}`;
    return refuse(false, [
      { code: 'candidate-unreachable', node: candidate, fact, needs: 'a replica that answers' },
    ]);
  }
  const picture = pictureCluster(views);
  const refusals = handOverRefusals({
    ...order,
    picture,
    views,
    nodeTimeoutMs: facts.nodeTimeoutMs,
    now: parts.clock.now(),
    server: facts.server,
    ...(facts.replication === undefined ? {} : { replication: facts.replication }),
  });
  const shard = shardOf(picture, candidate);
  if (refusals.length > 0 || shard === undefined) return refuse(facts.role === 'replica', refusals);
  const prepared: Prepared = { link, picture, views, silent, shard, facts };
  const failure = order.mode === 'default' ? await hindrance(order, { ...parts, prepared }, call) : undefined;
  return failure === undefined ? { ok: true, ...prepared } : refuse(true, [failure]);
}

const refuse = (replica: boolean, failures: readonly HandOverFailure[]): Preparation => ({
  ok: false,
  failures,
  replica,
});

/** The primary has to answer, and the candidate to be so near that it gets there while writes are held. */
async function hindrance(
  { candidate, name }: HandOverOrder,
  { nodes, clock, prepared: { link, shard, silent } }: Parts & { readonly prepared: Prepared },
  call: Call,
): Promise<HandOverFailure | undefined> {
  const primary = nodes.get(shard.primary);
  const fault = silent.get(shard.primary);
  if (primary === undefined || fault !== undefined) {
    return {
      code: 'primary-silent',
      node: shard.primary,
      fact: `${name(shard.primary)} does not answer${fault === undefined ? '' : `: ${fault.message}`}`,
      needs: 'a primary that answers, or mode force',
    };
  }
  const end = clock.monotonic() + nearMs;
  for (;;) {
    const [own, ahead] = await Promise.all([link.replicationOffset(call), primary.replicationOffset(call)]);
    if (ahead - own <= nearBytes) return undefined;
    if (clock.monotonic() >= end) {
      return {
        code: 'candidate-behind',
        node: candidate,
        fact: `${name(candidate)} is ${ahead - own} bytes behind ${name(shard.primary)}`,
        needs: `a replica that is at most ${nearBytes} bytes behind, or it would not get there within 5 s`,
      };
    }
    await clock.sleep(20, call.signal);
  }
}
