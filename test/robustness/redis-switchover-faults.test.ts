/** Bad luck in every phase of a hand-over between real Redis servers under load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Operation } from '../../src/core/operation.ts';
import { createMemoryStore } from '../../src/simulator/memory-store.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { atStep, interruptingStore } from '../kit/interrupting-store.ts';
import { type RedisReplication, startRedisReplication } from '../kit/redis/replication.ts';
import {
  expectFollowsRedis,
  expectNothingLostBy,
  expectOneWritable,
  expectSameData,
  told,
} from './redis-scene.ts';
import { expectNeverTwo, RedisWriters } from './redis-writers.ts';

interface Story {
  readonly at: string;
  readonly act: (cluster: RedisReplication) => Promise<void>;
  /** Some time after the act; the operation may still be running. */
  readonly heal?: { readonly afterMs: number; readonly act: (cluster: RedisReplication) => Promise<void> };
  readonly config?: readonly string[];
}

interface Ending {
  readonly operation: Operation;
  readonly cluster: RedisReplication;
  readonly control: TestControl;
  readonly writers: RedisWriters;
}

const debug = ['enable-debug-command yes'];
/** What was acknowledged is there after a restart. */
const durable = ['appendonly yes', 'appendfsync always'];

/** One hand-over db1 → db2 under load with something going wrong at one step; then the same checks for all. */
async function play(
  story: Story,
  primaryAfter: 'db1' | 'db2',
  check: (ending: Ending) => Promise<void>,
): Promise<void> {
  await using cluster = await startRedisReplication({
    replicas: 2,
    config: [...debug, ...(story.config ?? [])],
  });
  const heals: Promise<void>[] = [];
  const interruption = atStep(story.at, async () => {
    await story.act(cluster);
    const { heal } = story;
    if (heal) heals.push(sleep(heal.afterMs).then(() => heal.act(cluster)));
  });
  const store = interruptingStore(createMemoryStore(systemClock), interruption);
  const policy = { switchover: { stepMs: 2000, followMs: 4000, approachMs: 3000 } };
  await using control = await startControl(cluster, { store, policy });
  await using writers = new RedisWriters(cluster.servers, 2);
  await sleep(100);
  const operation = await control.switchover('db2', 40_000);
  await Promise.all(heals);
  await sleep(300);
  await writers.stop();
  const primary = await expectOneWritable(cluster, primaryAfter);
  expectNeverTwo(writers, primaryAfter === 'db2' ? ['db1', 'db2'] : ['db2', 'db1']);
  await expectNothingLostBy(writers, primary);
  await check({ operation, cluster, control, writers });
  await expectSameData(cluster.servers.filter(({ running }) => running));
}

const pause = (name: string) => (cluster: RedisReplication) => cluster.server(name).pause();
const resume = (name: string) => async (cluster: RedisReplication) => cluster.server(name).resume();
/** Under load the kernel hands the end of its connections on a little after the end of the process. */
const newsMs = 100;
const kill = (name: string) => async (cluster: RedisReplication) => {
  await cluster.server(name).kill();
  await sleep(newsMs);
};
const restart = (name: string) => (cluster: RedisReplication) => cluster.server(name).restart();

async function rolledBack({ operation, cluster }: Ending, healthy: readonly string[]): Promise<void> {
  expect(operation.status, told(operation)).toBe('rolled-back');
  expect(operation.outcome?.summary).toContain('db1 is still the primary');
  for (const name of healthy) await expectFollowsRedis(cluster.server(name), cluster.server('db1'));
}

const before = ['prepare', 'catch-up', 'freeze', 'reach', 'demote'];

describe('the candidate dies', () => {
  it.each([...before, 'promote'])('at %s: back to the old primary, whose writers go on', async (at) => {
    await play({ at, act: kill('db2') }, 'db1', async (ending) => {
      await rolledBack(ending, ['db3']);
    });
  });

  it.each(['end-writers', 'follow:db1', 'prove'])(
    'at %s and comes back: it is carried forward',
    async (at) => {
      const heal = { afterMs: 300, act: restart('db2') };
      await play({ at, act: kill('db2'), heal, config: durable }, 'db2', async ({ operation, cluster }) => {
        expect(operation.status, told(operation)).toBe('succeeded');
        await expectFollowsRedis(cluster.server('db1'), cluster.server('db2'));
        await expectFollowsRedis(cluster.server('db3'), cluster.server('db2'));
      });
    },
  );
});

describe('the candidate hangs', () => {
  it.each(before)('at %s: back to the old primary, whose writers go on at once', async (at) => {
    const heal = { afterMs: 4000, act: resume('db2') };
    await play({ at, act: pause('db2'), heal }, 'db1', async (ending) => {
      await rolledBack(ending, ['db3', 'db2']);
      const times = ending.writers.by('db1').map(({ acknowledgedAt }) => acknowledgedAt);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
      // Of the freeze: until the candidate is given up, and not until the pause ends by itself.
      expect(Math.max(...gaps)).toBeLessThan(4000);
    });
  });

  it('at promote: nobody else is made writable before it wakes, and then it is the primary', async () => {
    const heal = { afterMs: 6000, act: resume('db2') };
    await play({ at: 'promote', act: pause('db2'), heal }, 'db2', async ({ operation, cluster }) => {
      expect(operation.status, told(operation)).toBe('succeeded');
      await expectFollowsRedis(cluster.server('db1'), cluster.server('db2'));
      await expectFollowsRedis(cluster.server('db3'), cluster.server('db2'));
    });
  });
});

describe('the old primary hangs', () => {
  it.each(['prepare', 'catch-up', 'freeze', 'demote'])(
    'at %s: it is given up, and db1 goes on',
    async (at) => {
      const heal = { afterMs: 4000, act: resume('db1') };
      await play({ at, act: pause('db1'), heal }, 'db1', (ending) => rolledBack(ending, ['db2', 'db3']));
    },
  );

  it('at reach: it is given up, and db1 goes on', async () => {
    const heal = { afterMs: 4000, act: resume('db1') };
    await play({ at: 'reach', act: pause('db1'), heal }, 'db1', (ending) =>
      rolledBack(ending, ['db2', 'db3']),
    );
  });

  it('at promote: it was done with, and takes no write when it wakes', async () => {
    const heal = { afterMs: 4000, act: resume('db1') };
    await play({ at: 'promote', act: pause('db1'), heal }, 'db2', async ({ operation, cluster }) => {
      expect(operation.status, told(operation)).toBe('succeeded');
      await expectFollowsRedis(cluster.server('db1'), cluster.server('db2'));
    });
  });
});

describe('the old primary dies', () => {
  it('at follow: the new primary stays, the old one is flagged', async () => {
    await play({ at: 'follow:db1', act: kill('db1') }, 'db2', async ({ operation, cluster }) => {
      expect(operation.status, told(operation)).toBe('succeeded');
      expect(operation.outcome?.flags.map(({ server }) => server)).toContain('db1');
      await expectFollowsRedis(cluster.server('db3'), cluster.server('db2'));
    });
  });

  it('and comes back while it is followed up: it is a replica', async () => {
    const heal = { afterMs: 300, act: restart('db1') };
    await play({ at: 'follow:db1', act: kill('db1'), heal }, 'db2', async ({ operation, cluster }) => {
      expect(operation.status, told(operation)).toBe('succeeded');
      await expectFollowsRedis(cluster.server('db1'), cluster.server('db2'));
    });
  });
});

describe('a sibling dies', () => {
  it.each(['freeze', 'demote', 'promote', 'follow:db1'])('at %s: it never undoes a hand-over', async (at) => {
    await play({ at, act: kill('db3') }, 'db2', async ({ operation, cluster }) => {
      expect(operation.status, told(operation)).toBe('succeeded');
      const flagged = operation.outcome?.flags.map(({ step }) => step) ?? [];
      expect(flagged.filter((step) => step !== 'follow:db3')).toEqual(['prove']);
      await expectFollowsRedis(cluster.server('db1'), cluster.server('db2'));
    });
  });
});

describe('the pause of writes', () => {
  it.each(['reach', 'demote'])(
    'has ended by itself before %s: it is given up, and nothing is lost',
    async (at) => {
      await play({ at, act: () => sleep(6000) }, 'db1', async (ending) => {
        await rolledBack(ending, ['db2', 'db3']);
        expect(ending.operation.outcome?.cause?.message).toContain('may have ended by itself');
      });
    },
  );

  it('ends the clients that waited in it, and what they had sent is never executed', async () => {
    await play({ at: 'demote', act: () => sleep(300) }, 'db2', async ({ operation, cluster, writers }) => {
      expect(operation.status, told(operation)).toBe('succeeded');
      const waited = writers.unanswered.filter((key) => key.includes(':db1:'));
      expect(waited.length).toBeGreaterThanOrEqual(2);
      expect(await cluster.server('db2').command('EXISTS', ...waited)).toBe(0);
    });
  });

  it('is ended when the candidate dies before the demotion, and what waited in it is executed once', async () => {
    await play({ at: 'reach', act: kill('db2') }, 'db1', async (ending) => {
      await rolledBack(ending, ['db3']);
      const holes = ending.writers
        .by('db1')
        .filter(({ sentAt, acknowledgedAt }) => acknowledgedAt - sentAt > 90);
      expect(holes.length, 'writers that waited and were answered').toBeGreaterThanOrEqual(2);
    });
  });
});
