/** The controller is killed in the middle of a reshape, or stopped by a person; what has gone has gone, and the rest follows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { type ClusterScene, startClusterScene, startWriters } from '../engine/redis-cluster-scene.ts';
import { call } from '../kit/call.ts';
import { controllerParts, startControl, type TestControl } from '../kit/control.ts';
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
/** Slow enough to be hit in the middle. */
const slow = { keysPerCall: 1, pauseMs: 10 };

const sortedShares = async (scene: ClusterScene): Promise<readonly number[]> =>
  [...(await sharesOf(scene)).values()].toSorted((a, b) => a - b);

/** What stands in the way may be gone in a moment: nodes that come back, or have not heard yet. */
async function fixAll(control: TestControl): Promise<void> {
  let last = '';
  await until('a fix', { deadlineMs: 30_000, everyMs: 300 }, async () => {
    const fixed = await reshape(control, { what: 'fix' });
    last = told(fixed);
    return fixed.status === 'succeeded' || fixed.refusals?.[0]?.code === 'nothing-to-change';
  }).catch((late: unknown) => {
    throw new Error(`${String(late)}: ${last}`, { cause: late });
  });
}

test.each([
  { delayMs: 5, when: 'after' as const },
  { delayMs: 700, when: 'after' as const },
  { delayMs: 2000, when: 'after' as const },
])('killed $delayMs ms after the move began, the next controller ends it', async ({ delayMs, when }) => {
  await using scene = await startClusterScene(primariesOnly);
  await fill(scene.cluster.servers, KEYS);
  await using writers = await startWriters(scene, () => '', 1);
  await until('some writes', SOON, async () => writers.count > 100);
  const storePath = `${scene.cluster.folder}/store.db`;
  const change: Change = { what: 'reshard', from: ['db1'], to: 'db2', slots: 400, ...slow };
  const setup = controllerParts(scene.cluster).clusters[0];
  if (!setup) throw new Error('no cluster');
  await runDoomed({
    storePath,
    setup,
    to: 'db2',
    ask: { what: 'reshape', change: asked(change) },
    step: 'move:db1:db2',
    event: 'step-started',
    when,
    delayMs,
  });
  const store = await openSqliteStore({ path: storePath, clock: systemClock });
  await using control = await startControl(scene.cluster, { store });
  const [found] = await control.controller.operations({ limit: 1 });
  if (!found) throw new Error('the operation is not on record');
  const operation = await control.ended(found.id, 60_000);
  expect(operation.status, told(operation)).toBe('succeeded');
  expect(operation.resumed).toBe(1);
  expect(await sortedShares(scene)).toEqual([5061, 5462, 5861]);
  expect(await openSlots(scene)).toEqual([]);
  await writers.stop();
  expect(writers.errors).toEqual([]);
  expect(await writers.lost()).toEqual([]);
  expect(await lostOf(scene.cluster.servers, KEYS)).toEqual([]);
  await store.close();
});

test('stopped by a person between two slots, told how far it came, and ended by another', async () => {
  await using scene = await startClusterScene(primariesOnly);
  await fill(scene.cluster.servers, KEYS);
  await using control = await startControl(scene.cluster);
  const change: Change = { what: 'rebalance', weights: { db1: 0 } };
  const answer = await control.controller.reshape(asked({ ...change, ...slow }));
  if (!answer.ok) throw new Error(told(answer.operation));
  const { id } = answer.operation;
  const lines = () => control.controller.journal(id);
  await until('two lines of progress', SOON, async () => {
    return (await lines()).filter(({ what }) => what.event === 'step-progress').length >= 2;
  });
  const word = { reason: 'too busy', candidateDown: false, requestedBy: 'alice' };
  await control.controller.abandon(id, word);
  const stopped = await control.ended(id, 10_000);
  expect(stopped.status).toBe('failed');
  expect(stopped.outcome?.summary).toMatch(
    /^stopped where it was: \d of 3 steps done, \d+ slots? and \d+ keys? have gone over/,
  );
  expect(stopped.outcome?.cause).toEqual({ code: 'abandoned', message: 'alice gave it up: too busy' });
  expect(await openSlots(scene)).toEqual([]);
  const shares = await sharesOf(scene);
  expect([...shares.values()].reduce((a, b) => a + b, 0)).toBe(16_384);
  expect(shares.size).toBe(3);
  const times = (await lines()).flatMap(({ at, what }) => (what.event === 'step-progress' ? [at] : []));
  const pauses = times.slice(1).map((at, n) => at - (times[n] ?? 0));
  expect(pauses.filter((ms) => ms < 900)).toEqual([]);

  const rest = await reshape(control, change);
  expect(rest.status, told(rest)).toBe('succeeded');
  expect([...(await sharesOf(scene)).values()]).toEqual([8192, 8192]);
  expect(await lostOf(scene.cluster.servers, KEYS)).toEqual([]);
});

test.each(['source', 'target'] as const)(
  'the %s dies in the middle, and what is left is healed',
  async (end) => {
    await using scene = await startClusterScene({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 1500 });
    await fill(scene.cluster.servers, KEYS);
    await scene.link('db1').call(['WAIT', 1, 5000], call());
    await using control = await startControl(scene.cluster);
    const change: Change = { what: 'reshard', from: ['db1'], to: 'db2', slots: 1000 };
    const answer = await control.controller.reshape(asked({ ...change, ...slow }));
    if (!answer.ok) throw new Error(told(answer.operation));
    await sleep(1200);
    const victim = scene.server(end === 'source' ? 'db1' : 'db2');
    await victim.kill();
    const ended = await control.ended(answer.operation.id, 30_000);
    expect(ended.status, told(ended)).toBe('failed');
    expect(ended.outcome?.summary).toMatch(
      /^stopped where it was: 0 of 2 steps done, \d+ slots? and \d+ keys? have gone/,
    );
    const heir = scene.server(end === 'source' ? 'db4' : 'db5');
    await until('the replica to lead', SOON, async () => {
      return String(await heir.command('ROLE')).startsWith('master');
    });
    await victim.restart();
    await until('a fix that is not refused', { deadlineMs: 30_000, everyMs: 300 }, async () => {
      const fixed = await reshape(control, { what: 'fix' });
      return fixed.status === 'succeeded' || fixed.refusals?.[0]?.code === 'nothing-to-change';
    });
    await scene.cluster.agreed();
    expect(await openSlots(scene)).toEqual([]);
    const even = await reshape(control, { what: 'rebalance', threshold: 0 });
    expect(['succeeded', 'refused'], told(even)).toContain(even.status);
    expect(await sortedShares(scene)).toEqual([5461, 5461, 5462]);
    expect(await lostOf(scene.cluster.servers, KEYS)).toEqual([]);
  },
);

test('makes way for the failover of a primary that dies meanwhile', async () => {
  await using scene = await startClusterScene({ primaries: 3, replicasEach: 1, nodeTimeoutMs: 15_000 });
  await fill(scene.cluster.servers, KEYS);
  await scene.link('db1').call(['WAIT', 1, 5000], call());
  await using control = await startControl(scene.cluster, {
    policy: { failover: { mode: 'automatic', quietMs: 0 } },
  });
  const change: Change = { what: 'reshard', from: ['db1'], to: 'db2', slots: 1000 };
  const answer = await control.controller.reshape(asked({ ...change, ...slow }));
  if (!answer.ok) throw new Error(told(answer.operation));
  await sleep(2500);
  await scene.server('db1').kill();
  // Its replica hears of what has just gone within half a node timeout; until then it is not let stand.
  await until('a failover', { deadlineMs: 20_000 }, async () => {
    const all = await control.controller.operations({ limit: 50 });
    return all.some(({ kind, status }) => kind === 'failover' && status === 'succeeded');
  });
  const ended = await control.controller.operation(answer.operation.id);
  expect(ended.status).toBe('failed');
  expect(ended.outcome?.summary).toMatch(/\d+ slots? and \d+ keys? have gone/);
  await scene.server('db1').restart();
  await fixAll(control);
  await scene.cluster.agreed();
  expect(await openSlots(scene)).toEqual([]);
  expect(await lostOf(scene.cluster.servers, KEYS)).toEqual([]);
});
