/** What is wrong with a real Redis Cluster, as the controller says it. */
import { describe, expect, it } from 'vitest';
import { topologySchema } from '../../src/contract/topology-schema.ts';
import { formatAddress } from '../../src/core/identity.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { startRedisCluster } from '../kit/redis/redis-cluster.ts';

const codes = (control: TestControl): readonly string[] =>
  control.controller.findings().map(({ code }) => code);

async function finding(control: TestControl, code: string): Promise<string> {
  const found = await until(`the finding ${code}`, SOON, async () =>
    control.controller.findings().find((each) => each.code === code),
  ).catch((late: unknown) => {
    throw new Error(`${String(late)}: ${codes(control).join()}`, { cause: late });
  });
  return found.summary;
}

it('all of it is discovered from one node; a healthy one has no findings', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 5000 });
  const [db5] = cluster.servers.filter(({ name }) => name === 'db5');
  if (!db5) throw new Error('no db5');
  await using control = await startControl({ engine: 'redis-cluster', servers: [db5], primary: db5 });
  const topology = await until('all to be seen', SOON, async () => {
    const seen = control.controller.topology('orders');
    return seen.nodes.length === 6 && seen.nodes.every(({ reachable }) => reachable) && seen;
  });
  expect(topologySchema.safeParse(topology).error).toBeUndefined();
  const byAddress = new Map(cluster.servers.map(({ name, address }) => [formatAddress(address), name]));
  const pairs = topology.nodes.flatMap(({ address, source }) => {
    const above = topology.nodes.find(({ id }) => id === source);
    return above
      ? [`${byAddress.get(formatAddress(address))} < ${byAddress.get(formatAddress(above.address))}`]
      : [];
  });
  expect(pairs.toSorted()).toEqual(['db4 < db1', 'db5 < db2', 'db6 < db3']);
  expect(codes(control)).toEqual([]);
  expect(control.controller.clusters()[0]).toMatchObject({ primaries: 3, servers: 6, findings: 0 });
});

describe('of slots', () => {
  it('that nobody owns, or that are on their way', async () => {
    await using cluster = await startRedisCluster({
      primaries: 3,
      replicasEach: 1,
      nodeTimeoutMs: 5000,
      config: ['cluster-require-full-coverage no'],
    });
    await using control = await startControl(cluster);
    const [db1, db2] = [cluster.server('db1'), cluster.server('db2')];
    await db1.command('CLUSTER', 'SETSLOT', 7, 'MIGRATING', cluster.idOf(db2));
    await db2.command('CLUSTER', 'SETSLOT', 7, 'IMPORTING', cluster.idOf(db1));
    expect(await finding(control, 'slots-open')).toMatch(/7/);
    const refused = await control.switchover('db4');
    expect(refused.refusals?.map(({ code }) => code)).toEqual(['slots-open']);
    for (const server of [db1, db2]) await server.command('CLUSTER', 'SETSLOT', 7, 'STABLE');
    for (const server of cluster.servers) await server.command('CLUSTER', 'DELSLOTS', 100);
    expect(await finding(control, 'slots-uncovered')).toMatch(/100/);
  });
});

it('of nodes: one that has failed, a primary that its replicas have left, and views that differ', async () => {
  await using cluster = await startRedisCluster({
    primaries: 3,
    replicasEach: 1,
    nodeTimeoutMs: 1000,
    migration: false,
    config: ['cluster-replica-no-failover yes'],
  });
  await using control = await startControl(cluster);
  await cluster.server('db4').kill();
  expect(await finding(control, 'orphaned-primary')).toMatch(/db1/);
  expect(await finding(control, 'node-failed')).toMatch(/db4/);
  // For a minute it takes that node in from nobody; the others go on knowing it.
  await cluster.server('db1').command('CLUSTER', 'FORGET', cluster.idOf(cluster.server('db6')));
  expect(await finding(control, 'views-disagree')).toMatch(/db6/);
});

it('of places: a replica with its primary in one data centre is told, where people have said so', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 5000 });
  const dataCenters = ['x', 'y', 'z', 'x', 'z', 'y'];
  const settings = Object.fromEntries(
    cluster.servers.map(({ name }, index) => [name, { dataCenter: dataCenters[index] ?? '' }]),
  );
  await using control = await startControl(cluster, { settings });
  expect(await finding(control, 'replica-with-its-primary')).toMatch(/db4/);
});
