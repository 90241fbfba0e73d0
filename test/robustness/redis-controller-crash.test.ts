/** The controller is killed at every step of a hand-over of Redis; the next one carries it to the right end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { controllerParts, startControl } from '../kit/control.ts';
import type { Doom } from '../kit/doomed-controller-process.ts';
import { type RedisReplication, startRedisReplication } from '../kit/redis/replication.ts';
import { runDoomed } from '../kit/run-doomed.ts';
import {
  expectFollowsRedis,
  expectNothingLostBy,
  expectOneWritable,
  expectSameData,
  told,
  writableOf,
} from './redis-scene.ts';
import { expectNeverTwo, RedisWriters } from './redis-writers.ts';

/** `OLD` and `NEW` stand for the servers' names, which change with every hand-over. */
const steps = [
  'prepare',
  'catch-up:NEW',
  'freeze:OLD',
  'reach:NEW',
  'demote:OLD',
  'promote:NEW',
  'end-writers:OLD',
  'retire-source:NEW',
  'follow:OLD',
  'prove',
];

/** With these begun the way is forward; before them, back. */
const forward = new Set(['promote:NEW', 'end-writers:OLD', 'retire-source:NEW', 'follow:OLD', 'prove']);

const moments = [
  { name: 'announced, not begun', event: 'step-started', when: 'after', delayMs: 0 },
  { name: 'half way', event: 'step-started', when: 'after', delayMs: 1 },
  { name: 'done, not on record', event: 'step-done', when: 'before', delayMs: 0 },
] as const;

let cluster: RedisReplication;
let round = 0;

beforeAll(async () => {
  cluster = await startRedisReplication({ replicas: 2, config: ['enable-debug-command yes'] });
});
afterAll(() => cluster[Symbol.asyncDispose]());

async function die(doom: Omit<Doom, 'setup'>): Promise<void> {
  const setup = controllerParts(cluster).clusters[0];
  if (!setup) throw new Error('no cluster');
  await runDoomed({ ...doom, setup });
}

describe.each(steps)('killed at %s', (template) => {
  it.each(moments)('$name', async ({ event, when, delayMs, name }) => {
    const [old] = await writableOf(cluster);
    const next = cluster.servers.find((server) => server !== old);
    if (!old || !next) throw new Error('nobody is writable');
    const step = template.replace('OLD', old.name).replace('NEW', next.name);
    round += 1;
    const storePath = `${cluster.folder}/store-${round}.db`;
    await using writers = new RedisWriters(cluster.servers, 2);
    await die({ storePath, to: next.name, step, event, when, delayMs });
    // Both as they were left: whoever may take writes does so now.
    await sleep(round % 6 === 0 ? 5500 : 50);
    const store = await openSqliteStore({ path: storePath, clock: systemClock });
    await using control = await startControl(cluster, { store });
    const [found] = await control.controller.operations({ limit: 1 });
    if (!found) throw new Error('the operation is not on record');
    const operation = await control.ended(found.id, 20_000);
    await sleep(100);
    await writers.stop();
    // A millisecond after a step began it may have ended and the next ones be under way.
    const goesForward = name === 'half way' ? operation.status === 'succeeded' : forward.has(template);
    expect(operation.resumed).toBe(1);
    expect(operation.status, told(operation)).toBe(goesForward ? 'succeeded' : 'rolled-back');
    const primary = await expectOneWritable(cluster, goesForward ? next.name : old.name);
    expectNeverTwo(writers, goesForward ? [old.name, next.name] : [next.name, old.name]);
    await expectNothingLostBy(writers, primary);
    for (const server of cluster.servers) if (server !== primary) await expectFollowsRedis(server, primary);
    await expectSameData(cluster.servers);
    await store.close();
  });
});
