/** Keeps what people order of a cluster at run time: acknowledgement, maintenance, downtime of servers. In the store. */
import { acknowledgementSchema, downtimeSchema } from '../../contract/orders-schema.ts';
import { type ClusterName, type ServerId, serverId } from '../../core/identity.ts';
import type { Downtime } from '../../core/policy.ts';
import type { Acknowledgement, ServerDowntime, StandingOrders } from '../../core/recovery/standing-orders.ts';
import type { Store } from '../../core/store.ts';
import { keys } from '../operations/keys.ts';

const acknowledgedKey = 'acknowledged';
const maintenanceKey = 'maintenance';
const downtimePrefix = 'downtime/';

export async function readOrders(store: Store, cluster: ClusterName): Promise<StandingOrders> {
  const prefix = keys.orders(cluster);
  const { entries } = await store.range(prefix);
  const downtimes: ServerDowntime[] = [];
  let acknowledged: Acknowledgement | undefined;
  let maintenance: Downtime | undefined;
  for (const { key, value } of entries) {
    const name = key.slice(prefix.length);
    const given: unknown = JSON.parse(value);
    if (name === acknowledgedKey) acknowledged = acknowledgementSchema.parse(given);
    else if (name === maintenanceKey) maintenance = downtimeSchema.parse(given);
    else if (name.startsWith(downtimePrefix)) {
      const server = serverId(name.slice(downtimePrefix.length));
      downtimes.push({ server, ...downtimeSchema.parse(given) });
    }
  }
  return {
    downtimes,
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(maintenance === undefined ? {} : { maintenance }),
  };
}

export async function acknowledge(store: Store, cluster: ClusterName, given: Acknowledgement): Promise<void> {
  await put(store, `${keys.orders(cluster)}${acknowledgedKey}`, given);
}

/** `undefined` ends it. Without a server it is the cluster's maintenance. */
export async function orderDowntime(
  store: Store,
  cluster: ClusterName,
  server: ServerId | undefined,
  downtime: Downtime | undefined,
): Promise<void> {
  const name = server === undefined ? maintenanceKey : `${downtimePrefix}${server}`;
  await put(store, `${keys.orders(cluster)}${name}`, downtime);
}

async function put(store: Store, key: string, value: object | undefined): Promise<void> {
  const write = value === undefined ? { delete: key } : { put: key, value: JSON.stringify(value) };
  await store.commit({ writes: [write] });
}
