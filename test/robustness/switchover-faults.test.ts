/** Bad luck in every phase of a switchover, on real MariaDB servers under load. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Operation } from '../../src/core/operation.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { expectFollows, expectNothingLost, expectOnePrimary } from '../kit/aftermath.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { atStep, interruptingStore } from '../kit/interrupting-store.ts';
import { startWriter } from '../kit/writer.ts';

const before = ['prepare', 'follow:db3', 'catch-up', 'drain', 'freeze', 'reach'];
const after = ['end-writers', 'retire-source', 'follow:db1', 'prove'];

interface Story {
  readonly at: string;
  readonly act: (cluster: Cluster) => Promise<void>;
  /** Healing, some time after the act; the operation may still be running. */
  readonly heal?: { readonly afterMs: number; readonly act: (cluster: Cluster) => Promise<void> };
  readonly to?: string;
}

interface Ending {
  readonly operation: Operation;
  readonly cluster: Cluster;
  readonly control: TestControl;
}

/** One switchover db1 → db2 under load with something going wrong at one step; then the same check for all. */
async function play(
  story: Story,
  primaryAfter: 'db1' | 'db2',
  check: (ending: Ending) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
  const heals: Promise<void>[] = [];
  const interruption = atStep(story.at, async () => {
    await story.act(cluster);
    const heal = story.heal;
    if (heal) heals.push(systemClock.sleep(heal.afterMs).then(() => heal.act(cluster)));
  });
  const store = interruptingStore(createMemoryStore(systemClock), interruption);
  const policy = { switchover: { stepMs: 2000, followMs: 4000, approachMs: 3000 } };
  await using control = await startControl(cluster, { store, policy });
  await using writer = await startWriter({ folder: cluster.folder, servers: cluster.servers, rate: 200 });
  await systemClock.sleep(200);
  const operation = await control.switchover('db2', 40_000);
  await Promise.all(heals);
  await systemClock.sleep(300);
  const report = await writer.stop();
  const primary = await expectOnePrimary(cluster, primaryAfter);
  await expectNothingLost(report, primary);
  await check({ operation, cluster, control });
}

const server = (cluster: Cluster, name: string): DatabaseServer => {
  const found = cluster.servers.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};

const pause = (name: string) => async (cluster: Cluster) => server(cluster, name).pause();
const resume = (name: string) => async (cluster: Cluster) => server(cluster, name).resume();
/** Under load the kernel hands the end of its connections on a little after the end of the process. */
const newsMs = 100;
const kill = (name: string) => async (cluster: Cluster) => {
  await server(cluster, name).kill();
  await systemClock.sleep(newsMs);
};
const restart = (name: string) => (cluster: Cluster) => server(cluster, name).restart();

async function rolledBack({ operation, cluster }: Ending, healthy: readonly string[]): Promise<void> {
  expect(operation.status).toBe('rolled-back');
  expect(operation.outcome?.summary).toContain('db1 is still the primary');
  expect(operation.outcome?.cause?.message).toBeTruthy();
  for (const name of healthy) await expectFollows(server(cluster, name), server(cluster, 'db1'));
}

describe('the candidate dies', () => {
  it.each([...before, 'promote'])('at %s: back to the old primary, with its replica', async (at) => {
    await play({ at, act: kill('db2') }, 'db1', (ending) => rolledBack(ending, ['db3']));
  });

  it.each(after)('at %s and comes back: it is carried forward', async (at) => {
    const heal = { afterMs: 300, act: restart('db2') };
    await play({ at, act: kill('db2'), heal }, 'db2', async ({ operation, cluster }) => {
      expect(operation.status).toBe('succeeded');
      await expectFollows(server(cluster, 'db1'), server(cluster, 'db2'));
      await expectFollows(server(cluster, 'db3'), server(cluster, 'db2'));
    });
  });
});

describe('the candidate hangs', () => {
  it.each(before)('at %s: back to the old primary, with its replica', async (at) => {
    const heal = { afterMs: 5000, act: resume('db2') };
    await play({ at, act: pause('db2'), heal }, 'db1', (ending) => rolledBack(ending, ['db3', 'db2']));
  });

  it('at promote: nobody else is made writable before it wakes, and then it is the primary', async () => {
    const heal = { afterMs: 6000, act: resume('db2') };
    await play({ at: 'promote', act: pause('db2'), heal }, 'db2', async ({ operation, cluster }) => {
      expect(operation.status).toBe('succeeded');
      await expectFollows(server(cluster, 'db1'), server(cluster, 'db2'));
    });
  });
});

describe('a sibling fails', () => {
  it.each([
    ['follow:db3', kill('db3')],
    ['follow:db3', pause('db3')],
  ])('at %s: back, because it could not be moved', async (at, act) => {
    const heal = { afterMs: 5000, act: async (cluster: Cluster) => server(cluster, 'db3').resume() };
    await play({ at, act, heal }, 'db1', (ending) => rolledBack(ending, ['db2']));
  });

  it.each(['drain', 'freeze', 'reach', 'promote', 'follow:db1'])(
    'dies at %s: one straggler never undoes it',
    async (at) => {
      await play({ at, act: kill('db3') }, 'db2', async ({ operation, cluster }) => {
        expect(operation.status).toBe('succeeded');
        expect(operation.outcome?.flags.map((flag) => flag.step)).toEqual(['prove']);
        expect(operation.outcome?.flags[0]?.problem.message).toContain('db3');
        await expectFollows(server(cluster, 'db1'), server(cluster, 'db2'));
      });
    },
  );
});

describe('the old primary fails', () => {
  it.each(['prepare', 'catch-up'])('dies at %s: nothing changed hands', async (at) => {
    const heal = { afterMs: 500, act: restart('db1') };
    await play({ at, act: kill('db1'), heal }, 'db1', (ending) => rolledBack(ending, ['db2', 'db3']));
  });

  it('dies at follow: the new primary stays, the old one is flagged', async () => {
    await play({ at: 'follow:db1', act: kill('db1') }, 'db2', async ({ operation, cluster }) => {
      expect(operation.status).toBe('succeeded');
      expect(operation.outcome?.flags.map((flag) => flag.server)).toContain('db1');
      await expectFollows(server(cluster, 'db3'), server(cluster, 'db2'));
    });
  });
});
