/**
 * One picture of a cluster, made from the views of all its nodes that answered (`picture-cluster.ts`): shards, slots, and
 * where the views differ.
 */
import type { Address } from '../identity.ts';
import type { NodeId } from './cluster-view.ts';
import type { Opinion } from './opinions.ts';
import type { SlotSet } from './slots.ts';

export interface ClusterPicture {
  /** When the oldest of the views was taken; epoch milliseconds; 0 when there is none. */
  readonly at: number;
  /** The largest that any node knows. */
  readonly currentEpoch: number;
  /** In the order of their lowest slots; those without slots come last. */
  readonly shards: readonly Shard[];
  /** All nodes that any view knows and that have been met, by id. */
  readonly nodes: readonly PicturedNode[];
  /** Replicas whose primary is in nobody's view. */
  readonly strays: readonly NodeId[];
  /** Nodes known from others only. */
  readonly unasked: readonly NodeId[];
  /** Nodes that refuse commands (CLUSTERDOWN). */
  readonly down: readonly NodeId[];
  readonly unassigned: SlotSet;
  readonly open: readonly OpenSlot[];
  readonly disagreements: readonly Disagreement[];
  readonly quorum: Quorum;
}

export interface Shard {
  readonly primary: NodeId;
  /** Empty: a primary without slots. */
  readonly slots: SlotSet;
  readonly replicas: readonly NodeId[];
  /** The primary's, the largest that any view has; 0 when it never had one. */
  readonly configEpoch: number;
  /** A majority of primaries says so of all its slots. */
  readonly settled: boolean;
}

export interface PicturedNode {
  readonly id: NodeId;
  readonly address?: Address;
  readonly busPort?: number;
  readonly hostname?: string;
  readonly role: 'primary' | 'replica';
  /** Of a replica. */
  readonly sourceId?: NodeId;
  readonly configEpoch: number;
  /** It answered: its own view is part of the picture. */
  readonly asked: boolean;
  /** `failed`: most of the primaries that answered say so; `suspected`: any node suspects or has failed it. */
  readonly health: 'ok' | 'suspected' | 'failed';
  readonly suspectedBy: readonly NodeId[];
  readonly failedBy: readonly NodeId[];
  /** `cluster-replica-no-failover`: it never stands for election by itself. */
  readonly nofailover: boolean;
}

/** A slot that is on its way, or was left there. */
export interface OpenSlot {
  readonly slot: number;
  readonly migrating: readonly { readonly at: NodeId; readonly to: NodeId }[];
  readonly importing: readonly { readonly at: NodeId; readonly from: NodeId }[];
}

/** The primaries with slots: they elect, and a majority of them decides. */
export interface Quorum {
  readonly voters: readonly NodeId[];
  readonly needed: number;
  /** Those that answered. */
  readonly answering: readonly NodeId[];
}

/**
 * `owner`: of slots; the opinions are nodes' ids, or `nobody`. The others are of one node: `role` (`primary`, `replica`),
 * `source` (an id, or `nobody`), `epoch` (the configuration epoch), `failed` (`failed`, `fine`), `known` (`known`, `unknown`).
 */
export type Disagreement =
  | { readonly fact: 'owner'; readonly slots: SlotSet; readonly opinions: readonly Opinion[] }
  | {
      readonly fact: 'role' | 'source' | 'epoch' | 'failed' | 'known';
      readonly node: NodeId;
      readonly opinions: readonly Opinion[];
    };

export function shardOf(picture: ClusterPicture, id: NodeId): Shard | undefined {
  return picture.shards.find((shard) => shard.primary === id || shard.replicas.includes(id));
}

export function nodeOf(picture: ClusterPicture, id: NodeId): PicturedNode | undefined {
  return picture.nodes.find((node) => node.id === id);
}
