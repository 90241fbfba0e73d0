/**
 * What one node of a Redis Cluster says of the whole cluster (`CLUSTER NODES` and `CLUSTER INFO`, redis.md §1). Every
 * node has its own view; `cluster-picture.ts` makes one of them all.
 */
import type { Address, ServerId } from '../identity.ts';
import type { SlotSet } from './slots.ts';

/** The 40 hexadecimal digits by which a node is known on the cluster bus: the server's id in a cluster. */
export type NodeId = ServerId;

/**
 * `pfail`: this node alone suspects it; `fail`: a majority of primaries did. `handshake`: not met yet, and its id is
 * not its own. `noaddr`: nobody knows its address. `nofailover`: it never stands for election by itself.
 */
export type NodeFlag =
  | 'myself'
  | 'primary'
  | 'replica'
  | 'pfail'
  | 'fail'
  | 'handshake'
  | 'noaddr'
  | 'nofailover';

export interface ClusterView {
  /** Who says it. */
  readonly by: NodeId;
  /** When it was said; epoch milliseconds. */
  readonly at: number;
  readonly currentEpoch: number;
  /** `fail`: this node refuses the clients' commands (CLUSTERDOWN). */
  readonly state: 'ok' | 'fail';
  readonly nodes: readonly ClusterNode[];
}

export interface ClusterNode {
  readonly id: NodeId;
  /** Where clients reach it; absent when it is not known. */
  readonly address?: Address;
  readonly busPort?: number;
  readonly hostname?: string;
  readonly flags: readonly NodeFlag[];
  /** The primary that it is a replica of. */
  readonly sourceId?: NodeId;
  /** Epoch milliseconds; 0 when no ping waits for its answer. */
  readonly pingSentAt: number;
  /** Epoch milliseconds; 0 when there never was one. */
  readonly pongAt: number;
  /** Of a replica, newer servers tell that of its primary. */
  readonly configEpoch: number;
  /** Of the cluster bus, from the node that says it. */
  readonly link: 'connected' | 'disconnected';
  readonly slots: SlotSet;
  /** Slots on their way from here; a node says it of itself only. */
  readonly migrating: readonly { readonly slot: number; readonly to: NodeId }[];
  /** Slots on their way here; a node says it of itself only. */
  readonly importing: readonly { readonly slot: number; readonly from: NodeId }[];
}

/** A picture asks every view for every node: a search each time would take a cluster of hundred nodes 40 ms. */
const indexes = new WeakMap<ClusterView, ReadonlyMap<NodeId, ClusterNode>>();

/** What the node says of `id`; undefined when it does not know it. */
export function nodeIn(view: ClusterView, id: NodeId): ClusterNode | undefined {
  let index = indexes.get(view);
  if (index === undefined) {
    index = new Map(view.nodes.toReversed().map((node) => [node.id, node]));
    indexes.set(view, index);
  }
  return index.get(id);
}

/** What the node says of itself. */
export function selfIn(view: ClusterView): ClusterNode | undefined {
  return nodeIn(view, view.by);
}

export function hasFlag(node: ClusterNode, flag: NodeFlag): boolean {
  return node.flags.includes(flag);
}

/** All of it that others are to say, too: two views that say the same have the same text. */
export function viewInShort({ nodes }: ClusterView): string {
  return nodes
    .filter((node) => !hasFlag(node, 'handshake'))
    .map((node) => {
      const slots = node.slots.map(({ first, last }) => `${first}-${last}`).join(',');
      // Of a replica newer servers tell the epoch of its primary.
      const failed = hasFlag(node, 'fail') ? ' failed' : '';
      return hasFlag(node, 'primary')
        ? `${node.id} ${node.configEpoch} ${slots}${failed}`
        : `${node.id} ${node.sourceId}${failed}`;
    })
    .sort()
    .join('\n');
}

/** Those who elect: primaries that have at least one slot. */
export function isVoter(node: ClusterNode): boolean {
  return hasFlag(node, 'primary') && node.slots.length > 0;
}

/** The last word of each node, in the order in which the nodes are named. */
export function lastWords(views: readonly ClusterView[]): readonly ClusterView[] {
  const newest = new Map<NodeId, ClusterView>();
  for (const view of views) {
    const other = newest.get(view.by);
    if (other === undefined || other.at <= view.at) newest.set(view.by, view);
  }
  return [...newest.values()];
}
