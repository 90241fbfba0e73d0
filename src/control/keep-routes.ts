/** Keeps a cluster's routes on its primary: looks every second, and mends what has drifted, under the lease. */

import { asFault } from '../contract/errors.ts';
import type { Clock } from '../core/clock.ts';
import { operationId } from '../core/identity.ts';
import type { Store } from '../core/store.ts';
import type { Log } from './log.ts';
import type { Holder } from './operations/holder.ts';
import { acquireLease } from './operations/lease.ts';
import type { WatchedCluster } from './watched-cluster.ts';

export interface KeepRoutesParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly holder: Holder;
  readonly log: Log;
  readonly intervalMs: number;
  /** An operation has the routes in hand. */
  busy(cluster: string): boolean;
}

const callMs = 1000;

/** A route is mended when it was seen adrift twice in a row: one look may fall into somebody's hand-over. */
const looksBeforeMending = 2;

export async function keepRoutes(
  cluster: WatchedCluster,
  parts: KeepRoutesParts,
  stop: AbortSignal,
): Promise<void> {
  if (cluster.setup.policy.routes.length === 0) return;
  let adriftFor = 0;
  while (!stop.aborted) {
    await parts.clock.sleep(parts.intervalMs, stop).catch(() => undefined);
    if (stop.aborted) return;
    await cluster.routes.look({ signal: stop, deadlineMs: callMs });
    const primary = cluster.primary();
    const adrift =
      primary && !parts.busy(cluster.setup.policy.name) && cluster.routes.adrift(primary).length > 0;
    adriftFor = adrift ? adriftFor + 1 : 0;
    if (adriftFor < looksBeforeMending) continue;
    adriftFor = 0;
    await mend(cluster, parts, stop).catch((thrown: unknown) => {
      parts.log.warn(
        { cluster: cluster.setup.policy.name, message: asFault(thrown).message },
        'route.mend.failed',
      );
    });
  }
}

async function mend(cluster: WatchedCluster, parts: KeepRoutesParts, stop: AbortSignal): Promise<void> {
  const { name } = cluster.setup.policy;
  const answer = await acquireLease(parts, name, operationId('route-mending'));
  if (!answer.ok) return;
  try {
    const signal = AbortSignal.any([stop, answer.lease.lost]);
    await cluster.servers.lookAtAll(signal);
    const primary = cluster.primary();
    if (!primary) return;
    for (const route of cluster.routes.adrift(primary)) {
      await route.release(primary.address, { signal, deadlineMs: callMs });
      parts.log.info({ cluster: name, route: route.settings.name, primary: primary.name }, 'route.mended');
    }
  } finally {
    await answer.lease.release();
  }
}
