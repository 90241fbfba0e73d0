/** The controller is killed with SIGKILL at every step; the next one carries the operation to the right end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { openSqliteStore } from '../../src/stores/sqlite/index.ts';
import { expectFollows, expectNothingLost, expectOnePrimary, writableServers } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { controllerParts, startControl } from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import type { Doom } from '../kit/doomed-controller-process.ts';
import { runDoomed } from '../kit/run-doomed.ts';
import { startWriter } from '../kit/writer.ts';

/** `OLD` and `NEW` stand for the servers' names, which change with every hand-over. */
const steps = [
  'verify',
  'prepare',
  'follow:SIBLING',
  'catch-up:NEW',
  'drain:OLD',
  'freeze:OLD',
  'reach:NEW',
  'promote:NEW',
  'end-writers:OLD',
  'retire-source:NEW',
  'follow:OLD',
  'prove',
];

/** With these begun the way is forward; before them, back. */
const forward = new Set(['promote:NEW', 'end-writers:OLD', 'retire-source:NEW', 'follow:OLD', 'prove']);

const moments = [
  { name: 'before it is announced', event: 'step-started', when: 'before', delayMs: 0 },
  { name: 'announced, not begun', event: 'step-started', when: 'after', delayMs: 0 },
  { name: 'half way', event: 'step-started', when: 'after', delayMs: 2 },
  { name: 'done, not on record', event: 'step-done', when: 'before', delayMs: 0 },
  { name: 'done and on record', event: 'step-done', when: 'after', delayMs: 0 },
] as const;

let cluster: Cluster;
let round = 0;

beforeAll(async () => {
  cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
});
afterAll(() => cluster[Symbol.asyncDispose]());

async function die(doom: Omit<Doom, 'setup'>): Promise<void> {
  const setup = controllerParts(cluster).clusters[0];
  if (!setup) throw new Error('no cluster');
  await runDoomed({ ...doom, setup });
}

describe.each(steps)('killed at %s', (template) => {
  it.each(moments)('$name', async ({ event, when, delayMs, name }) => {
    const [old] = (await writableServers(cluster)) as [DatabaseServer];
    const [next, sibling] = cluster.servers.filter((server) => server !== old) as [
      DatabaseServer,
      DatabaseServer,
    ];
    const step = template.replace('OLD', old.name).replace('NEW', next.name).replace('SIBLING', sibling.name);
    round += 1;
    const storePath = `${cluster.folder}/store-${round}.db`;
    await using writer = await startWriter({ folder: cluster.folder, servers: cluster.servers, rate: 200 });
    await systemClock.sleep(60);
    await die({ storePath, to: next.name, step, event, when, delayMs });

    const store = await openSqliteStore({ path: storePath, clock: systemClock });
    await using control = await startControl(cluster, { store });
    const [found] = await control.controller.operations({ limit: 1 });
    if (!found) throw new Error('the operation is not on record');
    const operation = await control.ended(found.id, 15_000);

    const early = template === 'promote:NEW' && name === 'before it is announced';
    // Two milliseconds after a step began it may have ended and the next one be under way.
    const goesForward =
      name === 'half way' ? operation.status === 'succeeded' : forward.has(template) && !early;
    expect(operation.resumed).toBe(1);
    expect(operation.status).toBe(goesForward ? 'succeeded' : 'rolled-back');
    const primary = await expectOnePrimary(cluster, goesForward ? next.name : old.name);
    await systemClock.sleep(60);
    await expectNothingLost(await writer.stop(), primary);
    for (const server of cluster.servers) await expectFollows(server, primary);
    await store.close();
  });
});
