/** The controller is killed in the middle of a removal or of a fix; the next one ends what it began. */
import { expect, test } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { type ClusterScene, startClusterScene } from '../engine/redis-cluster-scene.ts';
import { call } from '../kit/call.ts';
import { controllerParts, startControl } from '../kit/control.ts';
import { SOON, until } from '../kit/deadline.ts';
import { runDoomed } from '../kit/run-doomed.ts';
import {
  asked,
  type Change,
  fill,
  lostOf,
  openSlots,
  reshape,
  sharesOf,
  told,
} from './redis-reshape-scene.ts';

const KEYS = 12_000;
const primariesOnly = { primaries: 3, replicasEach: 0, nodeTimeoutMs: 15_000 } as const;

const sortedShares = async (scene: ClusterScene): Promise<readonly number[]> =>
  [...(await sharesOf(scene)).values()].toSorted((a, b) => a - b);

test.each([
  { step: 'replicate:db4', delayMs: 20 },
  { step: 'forget:db1', delayMs: 3 },
  { step: 'forget:db1', delayMs: 30 },
  { step: 'agree', delayMs: 0 },
])('killed $delayMs ms into $step of a removal, the next controller ends it', async ({ step, delayMs }) => {
  // With migration on, a primary without slots becomes a replica by itself, and its replicas go with it.
  await using scene = await startClusterScene({
    primaries: 4,
    replicasEach: 0,
    migration: false,
    nodeTimeoutMs: 15_000,
  });
  const [db4, db1] = [scene.server('db4'), scene.server('db1')];
  await fill(scene.cluster.servers, 500);
  await using control = await startControl(scene.cluster);
  const emptied = await reshape(control, { what: 'rebalance', weights: { db4: 0 } });
  expect(emptied.status, told(emptied)).toBe('succeeded');
  await db4.command('CLUSTER', 'REPLICATE', scene.cluster.idOf(db1));
  await scene.cluster.agreed();
  const drained = await reshape(control, { what: 'rebalance', weights: { db1: 0 } });
  expect(drained.status, told(drained)).toBe('succeeded');
  await until('db4 to be seen as its replica', SOON, async () => {
    return control.controller.topology('orders').nodes.find(({ name }) => name === 'db4')?.role === 'replica';
  });
  await control[Symbol.asyncDispose]();

  const setup = controllerParts(scene.cluster).clusters[0];
  if (!setup) throw new Error('no cluster');
  const storePath = `${scene.cluster.folder}/store.db`;
  const change: Change = { what: 'remove-node', server: 'db1' };
  await runDoomed({
    ...{ storePath, setup, to: 'db1', ask: { what: 'reshape', change: asked(change) } },
    ...{ step, event: 'step-started', when: 'after', delayMs },
  });
  const store = await openSqliteStore({ path: storePath, clock: systemClock });
  await using next = await startControl(scene.cluster, { store });
  const [found] = await next.controller.operations({ limit: 1 });
  if (!found) throw new Error('the operation is not on record');
  const operation = await next.ended(found.id, 60_000);
  expect(operation.status, told(operation)).toBe('succeeded');
  expect(operation.outcome?.flags).toEqual([]);
  expect(String(await db1.command('CLUSTER', 'INFO'))).toContain('cluster_known_nodes:1');
  for (const server of [db4, scene.server('db2'), scene.server('db3')]) {
    const ids = (await scene.cluster.nodes(server)).map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(ids).not.toContain(scene.cluster.idOf(db1));
  }
  expect((await scene.cluster.nodes(db4)).filter(({ primaryId }) => primaryId !== undefined)).toHaveLength(1);
  expect(await lostOf([scene.server('db2'), scene.server('db3')], 500)).toEqual([]);
  await store.close();
});

test('killed in the middle of a fix, the next controller ends it', async () => {
  await using scene = await startClusterScene(primariesOnly);
  await fill(scene.cluster.servers, KEYS);
  const [db1, db2] = [scene.link('db1'), scene.link('db2')];
  const slots = Array.from({ length: 200 }, (_, slot) => slot);
  for (const slot of slots) {
    await db2.setSlotImporting(slot, scene.id('db1'), call());
    await db1.setSlotMigrating(slot, scene.id('db2'), call());
  }
  const setup = controllerParts(scene.cluster).clusters[0];
  if (!setup) throw new Error('no cluster');
  const storePath = `${scene.cluster.folder}/store.db`;
  const change: Change = { what: 'fix', keysPerCall: 1, pauseMs: 5 };
  await runDoomed({
    ...{ storePath, setup, to: 'db1', ask: { what: 'reshape', change: asked(change) } },
    ...{ step: 'repair:finish:db2', event: 'step-started', when: 'after', delayMs: 400 },
  });
  const half = (await openSlots(scene)).length;
  const store = await openSqliteStore({ path: storePath, clock: systemClock });
  await using control = await startControl(scene.cluster, { store });
  const [found] = await control.controller.operations({ limit: 1 });
  if (!found) throw new Error('the operation is not on record');
  const operation = await control.ended(found.id, 60_000);
  expect(operation.status, told(operation)).toBe('succeeded');
  expect(half).toBeGreaterThan(0);
  expect(await openSlots(scene)).toEqual([]);
  expect(await sortedShares(scene)).toEqual([5261, 5462, 5661]);
  expect(await lostOf(scene.cluster.servers, KEYS)).toEqual([]);
  await store.close();
});
