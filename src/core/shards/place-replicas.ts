/**
 * Gives orphaned primaries a replica, by the cluster's own rules (redis.md §1.8), and sees to it that the nodes of a shard
 * are not in one place. How long a primary has to be an orphan before this is done (the cluster: 5 s) is the caller's affair.
 */
import { compareNames } from '../compare-names.ts';
import { bestReplica, exchangeReplicas, lineupPenalty } from './anti-affinity.ts';
import { type ClusterPicture, nodeOf, type Shard } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import { type Placements, shared } from './placement.ts';

/** `CLUSTER REPLICATE`: a full copy of the new primary's data, unless it has been its replica a moment ago. */
export interface ReplicaMove {
  readonly replica: NodeId;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly because: 'orphaned-primary' | 'same-host' | 'same-zone' | 'primary-leaves';
}

export interface OrphanQuestion {
  readonly picture: ClusterPicture;
  readonly placements: Placements;
  /** `cluster-migration-barrier`: how many replicas that live a giver must keep. The cluster's default is 1. */
  readonly barrier: number;
  /** Which primaries had a replica before; absent: each is taken to have had one. */
  readonly hadReplicas?: ReadonlySet<NodeId>;
}

/**
 * One replica for each orphan, in the order of the shards, always from a shard that has the most. Of its replicas that one
 * which does not share a host or zone with the orphan; of equals the smallest id, as the cluster chooses.
 */
export function adoptOrphans({
  picture,
  placements,
  barrier,
  hadReplicas,
}: OrphanQuestion): readonly ReplicaMove[] {
  if (picture.down.length > 0 || picture.unassigned.length > 0) return [];
  const living = new Map(picture.shards.map((shard) => [shard.primary, livingReplicas(picture, shard)]));
  const moves: ReplicaMove[] = [];
  for (const { primary } of picture.shards.filter((shard) => isOrphan(picture, shard, hadReplicas))) {
    const most = Math.max(0, ...[...living.values()].map((replicas) => replicas.length));
    if (most < 2 || most <= barrier) return moves;
    const choice = [...living.values()].filter((replicas) => replicas.length === most).flat();
    const replica = bestReplica({ primary, replicas: [] }, choice.toSorted(compareNames), placements);
    const from = [...living].find(([, replicas]) => replica !== undefined && replicas.includes(replica))?.[0];
    if (replica === undefined || from === undefined) return moves;
    moves.push({ replica, from, to: primary, because: 'orphaned-primary' });
    living.set(
      from,
      (living.get(from) ?? []).filter((id) => id !== replica),
    );
    living.set(primary, [replica]);
  }
  return moves;
}

function livingReplicas(picture: ClusterPicture, shard: Shard): readonly NodeId[] {
  return shard.replicas.filter((id) => {
    const node = nodeOf(picture, id);
    return node?.asked === true && node.health !== 'failed';
  });
}

function isOrphan(picture: ClusterPicture, shard: Shard, hadReplicas?: ReadonlySet<NodeId>): boolean {
  const primary = nodeOf(picture, shard.primary);
  return (
    shard.slots.length > 0 &&
    primary?.asked === true &&
    primary.health !== 'failed' &&
    shard.replicas.every((id) => nodeOf(picture, id)?.health === 'failed') &&
    (shard.replicas.length > 0 || hadReplicas === undefined || hadReplicas.has(shard.primary))
  );
}

/**
 * Replicas that share a host with their primary, and with `zones` those that share a zone, change places with replicas of
 * other shards where that helps. Each exchange is two moves, and after the first the giver lacks a replica.
 */
export function separateReplicas(
  picture: ClusterPicture,
  placements: Placements,
  { zones }: { readonly zones: boolean },
): readonly ReplicaMove[] {
  const lineups = picture.shards
    .filter((shard) => shard.slots.length > 0)
    .map((shard) => ({ primary: shard.primary, replicas: livingReplicas(picture, shard) }));
  const apart = zones ? zoneless : hostless;
  const { exchanges } = exchangeReplicas(lineups, placements, apart);
  return exchanges.flatMap(({ a, b }) => [
    { replica: a.replica, from: a.primary, to: b.primary, because: reasonOf(a, b, placements) },
    { replica: b.replica, from: b.primary, to: a.primary, because: reasonOf(b, a, placements) },
  ]);
}

/** What an exchange must save to be worth two full copies. */
const hostless = 900_000;
const zoneless = 9_000;

interface Seat {
  readonly replica: NodeId;
  readonly primary: NodeId;
}

function reasonOf(own: Seat, other: Seat, placements: Placements): ReplicaMove['because'] {
  const levels = [own, other].map(({ replica, primary }) =>
    shared(placements.get(replica), placements.get(primary)),
  );
  return levels.includes('host') ? 'same-host' : 'same-zone';
}

/**
 * The primary, with slots, that a new replica is of most use to: the one with the fewest replicas, then the one with which and
 * whose replicas it shares no host or zone.
 */
export function neediestPrimary(
  picture: ClusterPicture,
  replica: NodeId,
  placements: Placements,
): NodeId | undefined {
  const penalty = (shard: Shard): number =>
    lineupPenalty({ primary: shard.primary, replicas: [...shard.replicas, replica] }, placements) -
    lineupPenalty(shard, placements);
  return picture.shards
    .filter((shard) => shard.slots.length > 0 && !picture.unasked.includes(shard.primary))
    .toSorted(
      (a, b) =>
        a.replicas.length - b.replicas.length ||
        penalty(a) - penalty(b) ||
        compareNames(a.primary, b.primary),
    )[0]?.primary;
}
