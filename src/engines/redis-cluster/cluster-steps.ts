/**
 * Core's plans for a Redis Cluster as steps that are carried out one after the other. Plain data, to be written down; each
 * step is safe to run twice, so that a run that was ended anywhere goes on with the step that was begun last.
 */
import type { Joining } from '../../core/shards/add-node.ts';
import type { NodeId } from '../../core/shards/cluster-view.ts';
import type { ClusterDesign } from '../../core/shards/create-cluster.ts';
import type { ReplicaMove } from '../../core/shards/place-replicas.ts';
import type { Leaving } from '../../core/shards/remove-node.ts';
import type { SlotTransfer } from '../../core/shards/slot-action.ts';
import type { SlotRepair } from '../../core/shards/slot-repair.ts';
import type { SlotSet } from '../../core/shards/slots.ts';

export type ClusterStep =
  /** Only for a node that knows no other one. */
  | { readonly do: 'set-epoch'; readonly node: NodeId; readonly epoch: number }
  | { readonly do: 'take-slots'; readonly node: NodeId; readonly slots: SlotSet }
  /** Each is told of each other one: hearsay takes longer. */
  | { readonly do: 'introduce'; readonly nodes: readonly NodeId[] }
  | { readonly do: 'copy-functions'; readonly from: NodeId; readonly to: NodeId }
  | { readonly do: 'replicate'; readonly node: NodeId; readonly source: NodeId }
  /** Its copy is complete: takes as long as the data are large. */
  | { readonly do: 'await-copy'; readonly node: NodeId; readonly source: NodeId }
  | { readonly do: 'await-agreement'; readonly nodes: readonly NodeId[] }
  | { readonly do: 'move-slots'; readonly transfers: readonly SlotTransfer[] }
  | { readonly do: 'repair-slots'; readonly repairs: readonly SlotRepair[] }
  | { readonly do: 'forget'; readonly node: NodeId; readonly at: readonly NodeId[] }
  | { readonly do: 'reset'; readonly node: NodeId };

export function createSteps({ shards }: ClusterDesign): readonly ClusterStep[] {
  const nodes = shards.flatMap(({ primary, replicas }) => [primary, ...replicas]);
  const placed = shards.flatMap(({ primary, replicas }) =>
    replicas.map((node) => ({ node, source: primary })),
  );
  return [
    ...shards.map(({ primary, configEpoch }) => ({
      do: 'set-epoch' as const,
      node: primary,
      epoch: configEpoch,
    })),
    ...shards.map(({ primary, slots }) => ({ do: 'take-slots' as const, node: primary, slots })),
    { do: 'introduce', nodes },
    ...placed.map((each) => ({ do: 'replicate' as const, ...each })),
    ...placed.map((each) => ({ do: 'await-copy' as const, ...each })),
    { do: 'await-agreement', nodes },
  ];
}

/** `members`: those of now. */
export function joinSteps(
  { node, meet, replicaOf }: Joining,
  members: readonly NodeId[],
): readonly ClusterStep[] {
  const nodes = [...members, node];
  const as: readonly ClusterStep[] =
    replicaOf === undefined
      ? [{ do: 'copy-functions', from: meet, to: node }]
      : [
          { do: 'replicate', node, source: replicaOf },
          { do: 'await-copy', node, source: replicaOf },
        ];
  return [{ do: 'introduce', nodes }, ...as, { do: 'await-agreement', nodes }];
}

/** All others are `forgetAt`. */
export function leaveSteps(
  { transfers, replicas, forgetAt, reset }: Leaving,
  node: NodeId,
): readonly ClusterStep[] {
  const members = [...forgetAt, node];
  return [
    ...transferSteps(transfers, members),
    ...placementSteps(replicas, members),
    { do: 'forget', node, at: forgetAt },
    ...(reset ? [{ do: 'reset' as const, node }] : []),
    { do: 'await-agreement', nodes: forgetAt },
  ];
}

/**
 * Of a reshard and of a rebalance. The primaries are told of each slot; replicas hear of it within half a node timeout, and
 * until they have, no other plan is made.
 */
export function transferSteps(
  transfers: readonly SlotTransfer[],
  members: readonly NodeId[],
): readonly ClusterStep[] {
  if (transfers.length === 0) return [];
  return [
    { do: 'move-slots', transfers },
    { do: 'await-agreement', nodes: members },
  ];
}

/** One after the other: while a replica copies, its new primary has none. */
export function placementSteps(
  moves: readonly ReplicaMove[],
  members: readonly NodeId[],
): readonly ClusterStep[] {
  if (moves.length === 0) return [];
  const placed = moves.flatMap(({ replica: node, to: source }): readonly ClusterStep[] => [
    { do: 'replicate', node, source },
    { do: 'await-copy', node, source },
  ]);
  return [...placed, { do: 'await-agreement', nodes: members }];
}
