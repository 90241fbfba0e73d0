/** What the decision on an automatic failover is made of: what people ordered, and what happened lately. */
import type { Clock } from '../../core/clock.ts';
import { windowEnd } from '../../core/recovery/maintenance-window.ts';
import type { RecoveryFacts, RecoveryLimits } from '../../core/recovery/may-recover.ts';
import type { StandingOrders } from '../../core/recovery/standing-orders.ts';
import { shardTopologyOf } from '../../core/shards/shard-topologies.ts';
import type { Store } from '../../core/store.ts';
import { nodeById } from '../../core/topology.ts';
import type { Death } from '../detection/death-watch.ts';
import { readTakeovers, type Takeover } from '../operations/standing.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import type { Orders } from './orders.ts';

export interface FactsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly orders: Orders;
  readonly limits: RecoveryLimits;
  /** Failovers under way, of all clusters. */
  running(): number;
}

/** How many of the last failovers are looked at for what happened lately. */
const remembered = 200;

export async function gatherFacts(
  { store, clock, orders, limits, running }: FactsParts,
  cluster: WatchedCluster,
  death: Death,
): Promise<RecoveryFacts> {
  const { policy } = cluster.setup;
  const now = clock.now();
  const [ordered, takeovers] = await Promise.all([orders.read(cluster), readTakeovers(store, remembered)]);
  const maintenance = maintenanceOf(ordered, cluster, now);
  const { acknowledged } = ordered;
  const shard = cluster.engine.handsOver && shardTopologyOf(cluster.topology(), death.server);
  const isOfIts = (each: Takeover): boolean =>
    each.cluster === policy.name && (!shard || shard.nodes.some(({ id }) => id === each.from));
  return {
    policy: policy.failover,
    limits,
    now,
    primary: death.name,
    downtimed: nodeById(cluster.topology(), death.server)?.downtimed ?? false,
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(acknowledged === undefined ? {} : { acknowledgedAt: acknowledged.at }),
    running: running(),
    ...lately(takeovers, isOfIts, now - limits.brake.withinMs),
  };
}

/** By order, else by the week. */
export function maintenanceOf(
  { maintenance }: StandingOrders,
  { setup }: WatchedCluster,
  now: number,
): RecoveryFacts['maintenance'] {
  if (maintenance) return maintenance;
  const until = windowEnd(setup.policy.maintenance ?? [], now);
  return until === undefined ? undefined : { until, reason: 'its weekly window' };
}

function lately(
  takeovers: readonly Takeover[],
  isOfIts: (takeover: Takeover) => boolean,
  since: number,
): Pick<RecoveryFacts, 'lastFailoverAt' | 'recent'> {
  const last = takeovers.find(isOfIts);
  return {
    ...(last === undefined ? {} : { lastFailoverAt: last.finishedAt }),
    recent: takeovers.filter(({ requestedAt }) => requestedAt > since).length,
  };
}
