import { describe, expect, it } from 'vitest';
import { clusterName, serverId } from '../../core/identity.ts';
import { inForce } from '../../core/recovery/standing-orders.ts';
import { createMemoryStore } from '../../simulator/memory-store.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { acknowledge, orderDowntime, readOrders } from './standing-orders.ts';

const orders = clusterName('orders');
const db1 = serverId('db1');
const downtime = { until: 2000, owner: 'ada', reason: 'new disk' };

describe('standing orders', () => {
  it('are read as they were given, of this cluster only', async () => {
    const store = createMemoryStore(new VirtualClock());
    await acknowledge(store, orders, { at: 1000, by: 'ada', comment: 'seen' });
    await orderDowntime(store, orders, db1, downtime);
    await orderDowntime(store, orders, undefined, { ...downtime, reason: 'upgrade' });
    await orderDowntime(store, clusterName('orders2'), db1, downtime);
    expect(await readOrders(store, orders)).toEqual({
      acknowledged: { at: 1000, by: 'ada', comment: 'seen' },
      maintenance: { ...downtime, reason: 'upgrade' },
      downtimes: [{ server: db1, ...downtime }],
    });
  });

  it('can be taken back', async () => {
    const store = createMemoryStore(new VirtualClock());
    await orderDowntime(store, orders, db1, downtime);
    await orderDowntime(store, orders, undefined, downtime);
    await orderDowntime(store, orders, db1, undefined);
    await orderDowntime(store, orders, undefined, undefined);
    expect(await readOrders(store, orders)).toEqual({ downtimes: [] });
  });

  it('are over at their end', () => {
    const given = { maintenance: downtime, downtimes: [{ server: db1, ...downtime }] };
    expect(inForce(given, 1999)).toEqual(given);
    expect(inForce(given, 2000)).toEqual({ downtimes: [] });
  });
});
