/** Makes a cluster of empty nodes: who is primary of which slots, and who replicates whom (redis.md §4, create). */
import { bestReplica, exchangeReplicas, type Lineup, lineupPenalty } from './anti-affinity.ts';
import { type ChangeRefusal, type Planned, planUnless } from './change-refusal.ts';
import type { NodeId } from './cluster-view.ts';
import type { Placement, Placements } from './placement.ts';
import { SLOT_COUNT, type SlotSet } from './slots.ts';

/** What an added node says of itself. */
export interface NewNode {
  readonly id: NodeId;
  readonly name: string;
  /** `cluster_enabled`. */
  readonly clusterEnabled: boolean;
  /** `cluster_known_nodes`: 1 when it knows itself only. */
  readonly knownNodes: number;
  /** In its database 0. */
  readonly keys: number;
  readonly placement?: Placement;
}

export interface CreateQuestion {
  readonly nodes: readonly NewNode[];
  readonly replicasPerPrimary: number;
}

export interface ClusterDesign {
  readonly shards: readonly DesignedShard[];
  /** Shards of which two nodes share a host or a zone, because it cannot be helped. */
  readonly crowded: readonly NodeId[];
}

export interface DesignedShard {
  readonly primary: NodeId;
  readonly slots: SlotSet;
  /** Given before the nodes meet (`SET-CONFIG-EPOCH`), so that no two are equal. */
  readonly configEpoch: number;
  readonly replicas: readonly NodeId[];
}

export function designCluster({ nodes, replicasPerPrimary }: CreateQuestion): Planned<ClusterDesign> {
  const count = Math.floor(nodes.length / (Math.max(0, replicasPerPrimary) + 1));
  const needed = 3 * (replicasPerPrimary + 1);
  const tooFew: readonly ChangeRefusal[] =
    count >= 3
      ? []
      : [
          {
            code: 'too-few-nodes',
            fact: `${nodes.length} nodes with ${replicasPerPrimary} replicas each make ${count} primaries`,
            needs: `at least ${needed} nodes, for three primaries`,
          },
        ];
  const refusals = [...tooFew, ...nodes.flatMap((node) => unfitAsNew(node, nodes))];
  return planUnless(refusals, () => design(nodes, count, replicasPerPrimary));
}

/** Why a node cannot become a member: what it has would be mixed with what the cluster has. */
export function unfitAsNew(node: NewNode, all: readonly NewNode[] = [node]): readonly ChangeRefusal[] {
  const { id, name } = node;
  const found: readonly (ChangeRefusal | false)[] = [
    !node.clusterEnabled && {
      code: 'node-not-a-cluster',
      node: id,
      fact: `${name} has cluster support disabled`,
      needs: 'cluster-enabled yes, and a restart',
    },
    node.knownNodes > 1 && {
      code: 'node-in-use',
      node: id,
      fact: `${name} knows ${node.knownNodes - 1} other nodes already`,
      needs: 'a node that is in no cluster: CLUSTER RESET',
    },
    node.keys > 0 && {
      code: 'node-in-use',
      node: id,
      fact: `${name} has ${node.keys} keys`,
      needs: 'an empty node',
    },
    all.filter((other) => other.id === id).length > 1 && {
      code: 'node-in-use',
      node: id,
      fact: `${name} is named twice, or its files were copied: another node has its id`,
      needs: 'each node once, with an id of its own',
    },
  ];
  return found.filter((refusal) => refusal !== false);
}

function design(nodes: readonly NewNode[], count: number, replicasPerPrimary: number): ClusterDesign {
  const placements: Placements = new Map(
    nodes.flatMap(({ id, placement }) => (placement === undefined ? [] : [[id, placement]])),
  );
  const order = spread(nodes);
  const primaries = order.slice(0, count);
  const lineups = lineUp(primaries, order.slice(count), { placements, replicasPerPrimary });
  const best = exchangeReplicas(lineups, placements).lineups;
  const ranges = evenRanges(count);
  return {
    shards: best.map(({ primary, replicas }, at) => ({
      primary,
      slots: ranges[at] ?? [],
      configEpoch: at + 1,
      replicas,
    })),
    crowded: best.filter((it) => lineupPenalty(it, placements) > 0).map(({ primary }) => primary),
  };
}

interface Choice {
  readonly placements: Placements;
  readonly replicasPerPrimary: number;
}

/** One replica for each in turn; those that are left over one for each too. */
function lineUp(
  primaries: readonly NodeId[],
  rest: readonly NodeId[],
  { placements, replicasPerPrimary }: Choice,
): readonly Lineup[] {
  let free = rest;
  let lineups: readonly Lineup[] = primaries.map((primary) => ({ primary, replicas: [] }));
  for (let round = 0; round <= replicasPerPrimary; round += 1) {
    lineups = lineups.map((lineup) => {
      const chosen = bestReplica(lineup, free, placements);
      if (chosen === undefined) return lineup;
      free = free.filter((id) => id !== chosen);
      return { ...lineup, replicas: [...lineup.replicas, chosen] };
    });
  }
  return lineups;
}

/** Round robin over zones, and in each zone over its hosts: the first ones are as far apart as can be. */
function spread(nodes: readonly NewNode[]): readonly NodeId[] {
  const byZone = groups(nodes, ({ placement, id }) => placement?.zone ?? placement?.host ?? id);
  return deal(byZone.map((zone) => deal(groups(zone, ({ placement, id }) => placement?.host ?? id)))).map(
    (node) => node.id,
  );
}

function groups(nodes: readonly NewNode[], key: (node: NewNode) => string): readonly (readonly NewNode[])[] {
  const found = new Map<string, NewNode[]>();
  for (const node of nodes) found.set(key(node), [...(found.get(key(node)) ?? []), node]);
  return [...found.values()];
}

function deal(piles: readonly (readonly NewNode[])[]): readonly NewNode[] {
  const longest = Math.max(0, ...piles.map((pile) => pile.length));
  return Array.from({ length: longest }, (_, at) => piles.flatMap((pile) => pile[at] ?? [])).flat();
}

/** Ranges of equal length, as redis-cli rounds them; the last takes the rest. */
export function evenRanges(count: number): readonly SlotSet[] {
  const end = (at: number): number =>
    at === count - 1 ? SLOT_COUNT - 1 : Math.round(((at + 1) * SLOT_COUNT) / count - 1);
  return Array.from({ length: count }, (_, at) => [{ first: at === 0 ? 0 : end(at - 1) + 1, last: end(at) }]);
}
