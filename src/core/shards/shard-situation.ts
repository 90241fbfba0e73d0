/** All that is known of a cluster of shards at one moment. */
import type { ServerId } from '../identity.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import type { ClusterSight } from './cluster-sight.ts';
import type { Election } from './election-cooldown.ts';
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

export function shardSituation(
  sights: readonly ClusterSight[],
  rest: Pick<ShardSituation, 'elections' | 'now' | 'nameOf'>,
): ShardSituation {
  return {
    picture: pictureCluster(sights.map(({ view }) => view)),
    sights: new Map(sights.map((sight) => [sight.view.by, sight])),
    ...rest,
  };
}
