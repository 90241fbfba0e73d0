/** Takes people's orders for a cluster: writes them down and makes the watched cluster heed them at once. */
import type { Clock } from '../../core/clock.ts';
import type { ServerId } from '../../core/identity.ts';
import type { Downtime } from '../../core/policy.ts';
import { inForce, type StandingOrders } from '../../core/recovery/standing-orders.ts';
import type { Store } from '../../core/store.ts';
import type { AcknowledgementAsked, DowntimeAsked } from '../control-plane.ts';
import type { Log } from '../log.ts';
import type { WatchedCluster } from '../watched-cluster.ts';
import { acknowledge, orderDowntime, readOrders } from './standing-orders.ts';

export interface OrdersParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

export class Orders {
  readonly #parts: OrdersParts;

  constructor(parts: OrdersParts) {
    this.#parts = parts;
  }

  /** Those in force; what the store says of downtimes is what the topology shows from now on. */
  async read(cluster: WatchedCluster): Promise<StandingOrders> {
    const { store, clock } = this.#parts;
    const orders = inForce(await readOrders(store, cluster.setup.policy.name), clock.now());
    cluster.servers.downtimes = new Map(
      orders.downtimes.map(({ server, ...downtime }) => [server, downtime]),
    );
    return orders;
  }

  async acknowledge(
    cluster: WatchedCluster,
    { requestedBy, comment }: AcknowledgementAsked,
  ): Promise<StandingOrders> {
    const { store, clock, log } = this.#parts;
    const { name } = cluster.setup.policy;
    await acknowledge(store, name, { at: clock.now(), by: requestedBy, comment });
    log.info({ cluster: name, by: requestedBy, comment }, 'cluster.acknowledged');
    return this.read(cluster);
  }

  /** Of a server, or of the cluster as a whole. */
  async downtime(
    cluster: WatchedCluster,
    server: ServerId | undefined,
    asked: DowntimeAsked,
  ): Promise<StandingOrders> {
    const { store, log } = this.#parts;
    const { name } = cluster.setup.policy;
    const downtime = this.#downtime(asked);
    await orderDowntime(store, name, server, downtime);
    const about = { cluster: name, ...(server === undefined ? {} : { server }), by: asked.requestedBy };
    const event = server === undefined ? 'maintenance' : 'downtime';
    if (downtime) log.info({ ...about, ...downtime }, `${event}.begun`);
    else log.info(about, `${event}.ended`);
    return this.read(cluster);
  }

  #downtime({ forMs, reason, requestedBy }: DowntimeAsked): Downtime | undefined {
    if (forMs === undefined) return undefined;
    return { until: this.#parts.clock.now() + forMs, owner: requestedBy, reason };
  }
}
