/** What the switchover rules look at: one cluster at one moment, with what people decided about it. */

import type { Doubts } from '../failover/doubt.ts';
import type { Observation } from '../observation.ts';
import type { ClusterPolicy } from '../policy.ts';
import type { RouteState } from '../route.ts';
import type { ShardSituation } from '../shards/shard-situation.ts';
import type { Node, Topology } from '../topology.ts';

/** A node whose last probe answered. */
export type SeenNode = Node & { readonly seen: Observation };

export interface Situation {
  readonly topology: Topology;
  readonly policy: ClusterPolicy;
  /** By route name; undefined where the route does not answer. */
  readonly routes: ReadonlyMap<string, RouteState | undefined>;
  /** Who may have been promoted besides. */
  readonly doubts: Doubts;
  /** Of engines whose servers hand over among themselves; `topology` is that of one shard. */
  readonly shards?: ShardSituation;
}

export function isSeen(node: Node): node is SeenNode {
  return node.reachable && node.seen !== undefined;
}

/** How far behind its source a replica says it is, beyond the delay it is configured to keep. */
export function lagMs(node: Node): number | undefined {
  const channel = node.channel;
  if (channel === undefined || channel.lagSeconds === null) return undefined;
  return Math.max(0, channel.lagSeconds - channel.delaySeconds) * 1000;
}
