/**
 * Makes a node tell all others at once what it is. Left to themselves the nodes tell one another in turn, which takes up to
 * half a node timeout; until then some take an old primary for one still, and would not vote for it (vote condition 4 of
 * redis.md §1.4). A MEET from a node that is known is taken as news of it, and as nothing else: clusterProcessPacket().
 */
import type { Call, Clock } from '../../core/clock.ts';
import {
  type ClusterNode,
  type ClusterView,
  hasFlag,
  type NodeFlag,
  type NodeId,
} from '../../core/shards/cluster-view.ts';
import type { ClusterNodeLink } from './cluster-node.ts';

const brieflyMs = 500;
const pauseMs = 20;
const notMet: readonly NodeFlag[] = ['myself', 'handshake', 'noaddr', 'fail'];

/**
 * Never throws but for the call's own signal: it only saves time. Those that it tells give up their old link from it for
 * the new one, which ends with the news; it connects again within 100 ms (clusterCron), and that is waited for.
 */
export async function spreadRole(
  node: ClusterNodeLink,
  { clock, dead }: { readonly clock: Clock; readonly dead: ReadonlySet<NodeId> },
  call: Call,
): Promise<void> {
  const brief: Call = { ...call, deadlineMs: Math.min(call.deadlineMs, brieflyMs) };
  const end = clock.monotonic() + brief.deadlineMs;
  try {
    const told = othersOf(await node.view(brief), dead);
    await Promise.all(
      told.map(async ({ address, busPort }) => address && node.meet(address, busPort, brief)),
    );
    // Their own link is given up only when the news has arrived.
    do await clock.sleep(pauseMs, call.signal);
    while (clock.monotonic() < end && !isLinked(await node.view(brief), dead));
  } catch {
    call.signal.throwIfAborted();
  }
}

function othersOf({ nodes }: ClusterView, dead: ReadonlySet<NodeId>): readonly ClusterNode[] {
  return nodes.filter((other) => !dead.has(other.id) && !notMet.some((flag) => hasFlag(other, flag)));
}

function isLinked(view: ClusterView, dead: ReadonlySet<NodeId>): boolean {
  const met = view.nodes.every((node) => !hasFlag(node, 'handshake'));
  return met && othersOf(view, dead).every(({ link }) => link === 'connected');
}
