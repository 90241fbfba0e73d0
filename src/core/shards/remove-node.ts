/** Takes a node out of a cluster (redis.md §4, del-node): its slots and its replicas first go to others. */
import { type ChangeRefusal, type Planned, planUnless, unfitForChange } from './change-refusal.ts';
import { type ClusterPicture, nodeOf } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import { neediestPrimary, type ReplicaMove } from './place-replicas.ts';
import type { Placements } from './placement.ts';
import { planRebalance } from './rebalance.ts';
import type { SlotTransfer } from './slot-action.ts';
import { countSlots } from './slots.ts';

export interface RemoveQuestion {
  readonly picture: ClusterPicture;
  readonly node: NodeId;
  /** Its slots are given to the other primaries; else a node that has slots is not removed. */
  readonly drain: boolean;
  readonly placements: Placements;
}

/** In this order. */
export interface Leaving {
  readonly transfers: readonly SlotTransfer[];
  readonly replicas: readonly ReplicaMove[];
  /**
   * All others, replicas too. Each forgets the node for 60 s only: one that is not told within that time brings it back to
   * all of them by gossip.
   */
  readonly forgetAt: readonly NodeId[];
  /** It answers: it is reset, and knows the others no longer. */
  readonly reset: boolean;
}

export function planLeaving({ picture, node, drain, placements }: RemoveQuestion): Planned<Leaving> {
  const leaving = nodeOf(picture, node);
  const shard = picture.shards.find((it) => it.primary === node);
  const slots = countSlots(shard?.slots ?? []);
  const rebalance =
    slots > 0 && drain ? planRebalance({ picture, weights: new Map([[node, 0]]), threshold: 0 }) : undefined;
  const silent = picture.unasked.filter((id) => id !== node);
  const found: readonly (ChangeRefusal | false)[] = [
    leaving === undefined && {
      code: 'unknown-node',
      node,
      fact: `${node} is not in the cluster`,
      needs: 'a node of the cluster',
    },
    slots > 0 &&
      !drain && {
        code: 'has-slots',
        node,
        fact: `${node} has ${slots} slots`,
        needs: 'an empty node, or drain',
      },
    slots > 0 &&
      picture.quorum.voters.length < 2 && {
        code: 'last-primary',
        node,
        fact: `${node} is the only primary with slots`,
        needs: 'another primary, that takes them',
      },
    ...silent.map(
      (id): ChangeRefusal => ({
        code: 'node-unreachable',
        node: id,
        fact: `${id} does not answer, and would bring ${node} back`,
        needs: 'all nodes, or that those which are gone are removed first',
      }),
    ),
  ];
  const refusals = [
    ...found.filter((refusal) => refusal !== false),
    ...(rebalance === undefined ? [] : rebalance.ok ? [] : rebalance.refusals),
    ...(rebalance === undefined ? unfitForChange(picture).filter(({ code }) => code === 'slots-open') : []),
  ];
  return planUnless(refusals, () => ({
    transfers: rebalance?.ok === true ? rebalance.plan.transfers.filter((it) => it.from === node) : [],
    replicas: rehome(picture, node, placements),
    forgetAt: picture.nodes.map(({ id }) => id).filter((id) => id !== node),
    reset: leaving?.asked === true,
  }));
}

/** Each goes where it is needed most once those before it have gone. */
function rehome(picture: ClusterPicture, primary: NodeId, placements: Placements): readonly ReplicaMove[] {
  let shards = picture.shards.filter((shard) => shard.primary !== primary);
  const moves: ReplicaMove[] = [];
  for (const replica of picture.shards.find((shard) => shard.primary === primary)?.replicas ?? []) {
    const to = neediestPrimary({ ...picture, shards }, replica, placements);
    if (to === undefined) continue;
    moves.push({ replica, from: primary, to, because: 'primary-leaves' });
    shards = shards.map((shard) =>
      shard.primary === to ? { ...shard, replicas: [...shard.replicas, replica] } : shard,
    );
  }
  return moves;
}
