/** The shape of a real Redis Cluster is changed through the controller, while an ordinary client writes. */
import { expect, test } from 'vitest';
import { formatAddress } from '../../src/core/identity.ts';
import { startWriters } from '../engine/redis-cluster-scene.ts';
import { SOON, until } from '../kit/deadline.ts';
import {
  asked,
  fill,
  lostOf,
  openSlots,
  reshape,
  sharesOf,
  startReshapeScene,
  told,
} from './redis-reshape-scene.ts';

const KEYS = 20_000;

test('a node is added, gets its share under a writing client, and is drained and removed again', async () => {
  await using it = await startReshapeScene({ emptyNodes: 1 });
  const { scene, control, empty } = it;
  const [added] = empty.servers;
  if (!added) throw new Error('no empty node');
  const address = formatAddress(added.address);
  await fill(scene.cluster.servers, KEYS);
  await using writers = await startWriters(scene, () => '');
  await until('some writes', SOON, async () => writers.count > 200);

  const joined = await reshape(control, { what: 'add-node', address });
  expect(joined.status, told(joined)).toBe('succeeded');
  const answer = await control.controller.planReshape(asked({ what: 'rebalance', useEmpty: true }));
  expect(answer.ok && answer.plan.steps.map(({ id }) => id).toSorted()).toEqual([
    'agree',
    ...['db1', 'db2', 'db3'].map((name) => `move:${name}:${address}`),
  ]);
  expect(answer.ok && answer.plan.steps[0]).toMatchObject({
    title: expect.stringMatching(/: 1366 slots$/) as unknown,
    note: expect.stringMatching(/^\d+ keys$/) as unknown,
  });

  const spread = await reshape(control, { what: 'rebalance', useEmpty: true });
  expect(spread.status, told(spread)).toBe('succeeded');
  expect([...(await sharesOf(scene)).values()]).toEqual([4096, 4096, 4096, 4096]);
  expect(await openSlots(scene)).toEqual([]);

  const drained = await reshape(control, { what: 'remove-node', server: address, drain: true });
  expect(drained.status, told(drained)).toBe('succeeded');
  const shares = await sharesOf(scene);
  expect(shares.has(address)).toBe(false);
  expect(shares.size).toBe(3);
  await scene.cluster.agreed();
  expect(String(await added.command('CLUSTER', 'INFO'))).toContain('cluster_known_nodes:1');

  const again = await control.controller.planReshape(asked({ what: 'rebalance', useEmpty: true }));
  expect(again.ok ? '' : again.refusals[0]?.fact).toMatch(/^no primary is further than 2 % from its share/);
  expect(control.controller.findings().filter(({ code }) => code === 'views-disagree')).toEqual([]);

  await writers.stop();
  expect(writers.errors).toEqual([]);
  expect(await writers.lost()).toEqual([]);
  expect(await lostOf(scene.cluster.servers, KEYS)).toEqual([]);
  expect(writers.longestWaitMs).toBeLessThan(2_000);
});

test('a node is added as a replica, and goes over to a primary that lost its own', async () => {
  await using it = await startReshapeScene({ emptyNodes: 1, migration: false, nodeTimeoutMs: 1_000 });
  const { scene, control, empty } = it;
  const [added] = empty.servers;
  if (!added) throw new Error('no empty node');
  await fill(scene.cluster.servers, 1000);
  const address = formatAddress(added.address);
  const joined = await reshape(control, { what: 'add-node', address, replicaOf: 'db1' });
  expect(joined.status, told(joined)).toBe('succeeded');
  const sourceOf = async (): Promise<string | undefined> => {
    const nodes = await scene.cluster.nodes();
    const source = nodes.find((node) => formatAddress(node.address) === address)?.primaryId;
    return source && scene.cluster.byId(source).name;
  };
  expect(await sourceOf()).toBe('db1');
  const enough = await reshape(control, { what: 'place-replicas' });
  expect(enough.refusals?.[0]?.code).toBe('nothing-to-change');

  await scene.server('db6').kill();
  await until('the others to notice', SOON, async () => {
    return (await scene.view('db1')).nodes.some(({ flags }) => flags.includes('fail'));
  });
  const placed = await reshape(control, { what: 'place-replicas' });
  expect(placed.status, told(placed)).toBe('succeeded');
  expect(placed.plan?.steps.map(({ title }) => title)).toEqual([
    expect.stringMatching(/ → replica of db3$/),
    'all nodes say the same',
  ]);
  const followers = await scene.cluster.nodes();
  const ofDb3 = followers.filter(({ primaryId }) => primaryId === scene.cluster.idOf(scene.server('db3')));
  expect(ofDb3).toHaveLength(2);
});

test('the node timeout is changed on all nodes, in their files too', async () => {
  await using it = await startReshapeScene({ replicasEach: 0 });
  const { scene, control } = it;
  const timeouts = () =>
    Promise.all(
      scene.cluster.servers.map((server) => server.command('CONFIG', 'GET', 'cluster-node-timeout')),
    );
  const set = await reshape(control, { what: 'set-timeout', ms: 7000 });
  expect(set.status, told(set)).toBe('succeeded');
  expect((await timeouts()).map(String)).toEqual(Array(3).fill('cluster-node-timeout,7000'));
  await scene.server('db2').restart();
  expect((await timeouts()).map(String)).toEqual(Array(3).fill('cluster-node-timeout,7000'));

  await until('all to be seen with it', SOON, async () => {
    const again = await control.controller.planReshape(asked({ what: 'set-timeout', ms: 7000 }));
    return !again.ok && again.refusals[0]?.code === 'nothing-to-change';
  });
});
