/** All that is known of a cluster of shards at one moment. */
import type { ServerId } from '../identity.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import type { ClusterSight } from './cluster-sight.ts';
import type { Election } from './election-cooldown.ts';
import { membersOnly } from './members-only.ts';
import { pictureCluster } from './picture-cluster.ts';

export interface ShardSituation {
  readonly picture: ClusterPicture;
  /** By server; of those that answered. */
  readonly sights: ReadonlyMap<ServerId, ClusterSight>;
  readonly elections: readonly Election[];
  /** Epoch milliseconds. */
  readonly now: number;
  nameOf(id: ServerId): string;
}

/** `seen`: of all that are watched; those of nodes that are in no cluster with the others do not count. */
export function shardSituation(
  seen: readonly ClusterSight[],
  rest: Pick<ShardSituation, 'elections' | 'now' | 'nameOf'>,
): ShardSituation {
  const sights = membersOnly(seen);
  return {
    picture: pictureCluster(sights.map(({ view }) => view)),
    sights: new Map(sights.map((sight) => [sight.view.by, sight])),
    ...rest,
  };
}
