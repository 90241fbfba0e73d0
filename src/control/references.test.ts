import { describe, expect, it } from 'vitest';
import { asFault, type Fault } from '../contract/errors.ts';
import { cluster } from '../core/testing/cluster-builder.ts';
import { clusterNotFound, findServer } from './references.ts';

const orders = cluster('orders')
  .primary('db1', { aliases: [{ host: 'db1.example.com', port: 3306 }] })
  .replica('db2')
  .topology();
const archive = cluster('archive').primary('db1').topology();

function faultOf(act: () => unknown): Fault {
  try {
    act();
  } catch (thrown) {
    return asFault(thrown);
  }
  throw new Error('nothing was thrown');
}

describe('a server', () => {
  it.each(['db2', '10.0.0.2:3306'])('is found as %s', (reference) => {
    expect(findServer(reference, [orders]).node.name).toBe('db2');
  });

  it('is found by an alias, with the cluster that it is in', () => {
    const { node, topology } = findServer('db1.example.com:3306', [archive, orders]);
    expect([topology.cluster, node.name]).toEqual(['orders', 'db1']);
  });

  it('that is not there: the fault lists those that are', () => {
    const fault = faultOf(() => findServer('db9', [orders, archive]));
    expect(fault.code).toBe('not-found');
    expect(fault.message).toBe('no server "db9"; servers: db1, db2, db1');
  });

  it('of a name that two clusters have is asked back for', () => {
    const fault = faultOf(() => findServer('db1', [orders, archive]));
    expect(fault.code).toBe('bad-request');
    expect(fault.message).toBe('server "db1" is in orders, archive: name the cluster');
    expect(fault.details).toMatchObject({ field: 'server' });
  });
});

describe('a cluster that is not there', () => {
  it('is answered with those that are', () => {
    expect(clusterNotFound('order', ['orders', 'archive']).message).toBe(
      'no cluster "order"; clusters: orders, archive',
    );
    expect(clusterNotFound('order', []).message).toBe('no cluster "order"; clusters: there are none');
  });
});
