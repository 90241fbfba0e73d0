/** Makes one picture of all views. Pure and total: odd, old and contradicting views give a picture too. */
import { compareNames } from '../compare-names.ts';
import type { ClusterPicture, OpenSlot, PicturedNode, Shard } from './cluster-picture.ts';
import { type ClusterView, lastWords, type NodeId, selfIn } from './cluster-view.ts';
import { findDisagreements } from './disagreements.ts';
import { picturedNodes } from './pictured-nodes.ts';
import { findSlotOwners, type SlotOwners } from './slot-owners.ts';
import { slotSet } from './slots.ts';

/** Of several views of one node the newest counts. */
export function pictureCluster(said: readonly ClusterView[]): ClusterPicture {
  const views = lastWords(said);
  const owners = findSlotOwners(views);
  const nodes = picturedNodes(views, owners);
  const answered = new Set(views.map((view) => view.by));
  const shards = findShards(nodes, owners);
  const placed = new Set(shards.flatMap((shard) => [shard.primary, ...shard.replicas]));
  return {
    at: views.length === 0 ? 0 : Math.min(...views.map((view) => view.at)),
    currentEpoch: Math.max(0, ...views.map((view) => view.currentEpoch)),
    shards,
    nodes,
    strays: nodes.map((node) => node.id).filter((id) => !placed.has(id)),
    unasked: nodes.map((node) => node.id).filter((id) => !answered.has(id)),
    down: views.filter((view) => view.state === 'fail').map((view) => view.by),
    unassigned: slotSet(owners.ranges.filter((range) => range.owner === undefined)),
    open: openSlots(views),
    disagreements: findDisagreements(views, { owners, nodes }),
    quorum: {
      voters: owners.voters,
      needed: owners.needed,
      answering: owners.voters.filter((id) => answered.has(id)),
    },
  };
}

function findShards(nodes: readonly PicturedNode[], owners: SlotOwners): readonly Shard[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return nodes
    .filter((node) => node.role === 'primary')
    .map((primary): Shard => {
      const own = owners.ranges.filter((range) => range.owner === primary.id);
      return {
        primary: primary.id,
        slots: slotSet(own),
        replicas: nodes
          .filter((node) => node.role === 'replica' && topOf(node, byId) === primary.id)
          .map((node) => node.id),
        configEpoch: primary.configEpoch,
        settled: own.every((range) => range.settled),
      };
    })
    .sort((a, b) => lowest(a) - lowest(b) || compareNames(a.primary, b.primary));
}

const lowest = (shard: Shard): number => shard.slots[0]?.first ?? Number.POSITIVE_INFINITY;

/** A replica's source may have become a replica itself, until the replica goes over to the new primary (redis.md §1.8). */
function topOf(replica: PicturedNode, byId: ReadonlyMap<NodeId, PicturedNode>): NodeId | undefined {
  const seen = new Set<NodeId>();
  let node: PicturedNode | undefined = replica;
  while (node?.role === 'replica' && !seen.has(node.id)) {
    seen.add(node.id);
    node = node.sourceId === undefined ? undefined : byId.get(node.sourceId);
  }
  return node?.role === 'primary' ? node.id : undefined;
}

function openSlots(views: readonly ClusterView[]): readonly OpenSlot[] {
  const selves = views.flatMap((view) => selfIn(view) ?? []);
  const slots = new Set(
    selves.flatMap(({ migrating, importing }) => [...migrating, ...importing].map(({ slot }) => slot)),
  );
  return [...slots]
    .sort((a, b) => a - b)
    .map((slot) => ({
      slot,
      migrating: selves.flatMap((self) =>
        self.migrating.filter((it) => it.slot === slot).map(({ to }) => ({ at: self.id, to })),
      ),
      importing: selves.flatMap((self) =>
        self.importing.filter((it) => it.slot === slot).map(({ from }) => ({ at: self.id, from })),
      ),
    }));
}
