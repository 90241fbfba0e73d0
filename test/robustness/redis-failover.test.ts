/** The primary dies, on real Redis servers under load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import type { PolicyTraits } from '../../src/core/testing/test-policy.ts';
import { startControl, type TestControl } from '../kit/control.ts';
import { until } from '../kit/deadline.ts';
import { redisFlavours } from '../kit/redis/redis-flavours.ts';
import type { RedisServer } from '../kit/redis/redis-server.ts';
import { startRedisReplication } from '../kit/redis/replication.ts';
import { startRelay } from '../kit/relay.ts';
import {
  expectFollowsRedis,
  expectOneWritable,
  expectSameData,
  fullCopies,
  replicationOf,
  settled,
  told,
} from './redis-scene.ts';
import { expectNeverTwo, RedisWriters, verifyKeys } from './redis-writers.ts';

const debug = ['enable-debug-command yes'];
const automatic: PolicyTraits = {
  failover: { mode: 'automatic', rejoin: 'automatic', quietMs: 0, maxLoss: 'any' },
};

/** Each of a writer's connections may have one write that was acknowledged and not sent yet. */
const onTheWay = 6;

/** What of the time before it died is gone is no more than can be, and the operation has not said that nothing is. */
async function expectLossAsTold(
  operation: Operation,
  writers: RedisWriters,
  primary: RedisServer,
  diedAt: number,
): Promise<void> {
  const { lost, doubled } = await verifyKeys(writers, primary);
  expect(doubled).toEqual([]);
  const before = lost.filter(({ acknowledgedAt }) => acknowledgedAt <= diedAt);
  expect(before.length).toBeLessThanOrEqual(onTheWay);
  expect(lost.filter(({ server }) => server === primary.name)).toEqual([]);
  expect(operation.outcome?.loss?.verdict, told(operation)).not.toBe('none');
}

/** So many bytes at once that what a stopped replica's kernel keeps for it is a part of them. */
async function writeMuch(server: RedisServer): Promise<void> {
  await server.command('CONFIG', 'SET', 'client-output-buffer-limit', 'replica 0 0 0');
  const megabyte = 'x'.repeat(1 << 20);
  for (let n = 0; n < 40; n += 1) await server.command('SET', `much:${n}`, megabyte);
}

async function seenAt(control: TestControl, name: string, bytes: number): Promise<void> {
  await until(`the controller to have seen ${name} at ${bytes}`, settled, async () => {
    const node = control.controller.topology('orders').nodes.find((each) => each.name === name);
    return Number(node?.seen?.executed.split(':')[1]?.split('/')[0]) >= bytes;
  });
}

const offsetOf = async (server: RedisServer): Promise<number> =>
  Number((await replicationOf(server)).master_repl_offset);

describe.each(redisFlavours.map((flavour) => [flavour.name, flavour] as const))('%s', (_name, flavour) => {
  it.skipIf(flavour.unavailable)('a killed primary is replaced at once, and taken back', async () => {
    await using cluster = await startRedisReplication({ replicas: 2, flavour, config: debug });
    await using control = await startControl(cluster, { policy: automatic });
    await using writers = new RedisWriters(cluster.servers, 3);
    await sleep(300);
    await cluster.server('db1').kill();
    const diedAt = performance.now();
    const taken = await control.firstEnded('failover', 10_000);
    expect(taken.status, told(taken)).toBe('succeeded');
    expect(taken.outcome?.flags).toEqual([]);
    const name = taken.plan?.to.name ?? '';
    const primary = await expectOneWritable(cluster, name);
    await until('writers go on', settled, async () => writers.by(name).length > 10);
    const other = name === 'db2' ? 'db3' : 'db2';
    await expectFollowsRedis(cluster.server(other), primary);
    expect(await fullCopies(primary), 'full copies').toBe(0);
    await cluster.server('db1').restart();
    const back = await control.firstEnded('rejoin', 20_000);
    expect(back.status, told(back)).toBe('succeeded');
    await expectFollowsRedis(cluster.server('db1'), primary);
    await writers.stop();
    await expectLossAsTold(taken, writers, primary, diedAt);
    // It is writable for as long as nobody has looked at it; an agent keeps it from that.
    const alone = writers.by('db1').filter(({ sentAt }) => sentAt > diedAt);
    expect(back.outcome?.loss?.verdict).toBe(alone.length > 0 ? 'known' : undefined);
    await expectSameData(cluster.servers);
  });
});

describe('by a person', () => {
  it('a dead one is replaced, what is lost cannot be ruled out, and a living one is not replaced', async () => {
    await using cluster = await startRedisReplication({ replicas: 2 });
    await using control = await startControl(cluster);
    await cluster.primary.command('SET', 'a', 1);
    expect((await control.failover()).refusals?.map(({ code }) => code)).toEqual(['primary-alive']);
    await cluster.primary.kill();
    const operation = await control.failover({ to: 'db3' });
    expect(operation.status, told(operation)).toBe('succeeded');
    expect(operation.outcome?.loss).toMatchObject({ verdict: 'possible' });
    const primary = await expectOneWritable(cluster, 'db3');
    expect(await primary.command('GET', 'a')).toBe('1');
  });

  it('one whose own priority is 0 does not take over', async () => {
    await using cluster = await startRedisReplication({ replicas: 2 });
    await cluster.server('db2').command('CONFIG', 'SET', 'replica-priority', 0);
    await using control = await startControl(cluster);
    await cluster.primary.kill();
    const operation = await control.failover();
    expect(operation.status, told(operation)).toBe('succeeded');
    expect(operation.plan?.passedOver.map(({ code }) => code)).toEqual(['candidate-banned']);
    await expectOneWritable(cluster, 'db3');
  });

  it('the replica that has received the most takes over, whatever its promotion rule', async () => {
    await using cluster = await startRedisReplication({ replicas: 2 });
    const settings = { db2: { promotionRule: 'prefer' as const } };
    await using control = await startControl(cluster, { settings });
    const [db2, db3] = [cluster.server('db2'), cluster.server('db3')];
    await db2.pause();
    await writeMuch(cluster.primary);
    const bytes = await offsetOf(cluster.primary);
    await until('db3 has all', settled, async () => (await offsetOf(db3)) >= bytes);
    await cluster.primary.kill();
    db2.resume();
    await until('db2 has seen that it is gone', settled, async () => {
      return (await replicationOf(db2)).master_link_status === 'down';
    });
    expect(await offsetOf(db2)).toBeLessThan(bytes);
    await seenAt(control, 'db2', 1);
    await sleep(1500);
    const operation = await control.failover();
    expect(operation.status, told(operation)).toBe('succeeded');
    expect(operation.plan?.to.name).toBe('db3');
    expect(operation.plan?.reasons).toEqual(['it has received the most']);
    await expectFollowsRedis(db2, db3);
  });

  it('what was seen at the primary and no survivor has is named in bytes, and needs a word', async () => {
    await using cluster = await startRedisReplication({ replicas: 1 });
    await using control = await startControl(cluster);
    const db2 = cluster.server('db2');
    await db2.pause();
    await writeMuch(cluster.primary);
    const bytes = await offsetOf(cluster.primary);
    await seenAt(control, 'db1', bytes);
    await cluster.primary.kill();
    db2.resume();
    await until('db2 has seen that it is gone', settled, async () => {
      return (await replicationOf(db2)).master_link_status === 'down';
    });
    const lacks = bytes - (await offsetOf(db2));
    expect(lacks).toBeGreaterThan(1000);
    const first = await until('it is held for dead', settled, async () => {
      const asked = await control.failover();
      return asked.status === 'refused' ? undefined : asked;
    });
    expect(first.outcome?.cause?.code, told(first)).toBe('loss-not-accepted');
    const second = await control.failover({ acceptDataLoss: { by: 'test' } });
    expect(second.status, told(second)).toBe('succeeded');
    const loss = second.outcome?.loss;
    expect(loss).toMatchObject({ verdict: 'known', unit: 'bytes', acceptedBy: 'test' });
    // What the last look saw may be some bytes of a heartbeat more.
    expect(loss?.transactions).toBeGreaterThanOrEqual(lacks);
    expect(loss?.transactions).toBeLessThan(lacks + 100);
    expect(loss?.names).toMatch(/^[0-9a-f]{8}:\d+-\d+$/);
    expect(second.outcome?.summary).toContain('bytes of the stream');
  });
});

describe('a primary that hangs', () => {
  it('with a fence by hook: takes no write any more when it wakes', async () => {
    await using cluster = await startRedisReplication({ replicas: 2, config: debug });
    const fence = [{ command: ['fence-it'] as const, timeoutMs: 2000 }];
    const parts = { runHook: async () => cluster.server('db1').kill() };
    const policy = { ...automatic, hooks: { fence } };
    await using control = await startControl(cluster, { policy, parts });
    await using writers = new RedisWriters(cluster.servers, 3);
    await sleep(300);
    await cluster.server('db1').pause();
    const taken = await control.firstEnded('failover', 15_000);
    expect(taken.status, told(taken)).toBe('succeeded');
    expect(taken.plan?.warnings.join()).not.toContain('nothing keeps db1');
    const name = taken.plan?.to.name ?? '';
    await until('writers go on', settled, async () => writers.by(name).length > 10);
    cluster.server('db1').resume();
    await sleep(300);
    await writers.stop();
    expectNeverTwo(writers, ['db1', name]);
    await expectLossAsTold(taken, writers, await expectOneWritable(cluster, name), performance.now());
  });

  it('without: the plan warns; when it wakes it is fenced and taken back, and what it took is told', async () => {
    await using cluster = await startRedisReplication({ replicas: 2, config: debug });
    await using control = await startControl(cluster, { policy: automatic });
    await using writers = new RedisWriters(cluster.servers, 3);
    await sleep(300);
    await cluster.server('db1').pause();
    const taken = await control.firstEnded('failover', 15_000);
    expect(taken.status, told(taken)).toBe('succeeded');
    expect(taken.plan?.warnings.join()).toContain('nothing keeps db1 from going on');
    const name = taken.plan?.to.name ?? '';
    await sleep(500);
    const wokenAt = performance.now();
    cluster.server('db1').resume();
    const back = await control.firstEnded('rejoin', 20_000);
    expect(back.status, told(back)).toBe('succeeded');
    await expectFollowsRedis(cluster.server('db1'), cluster.server(name));
    await writers.stop();
    const primary = await expectOneWritable(cluster, name);
    const { lost } = await verifyKeys(writers, primary);
    const after = writers.by('db1').filter(({ acknowledgedAt }) => acknowledgedAt > wokenAt);
    expect(after.length, 'what it took before it was fenced').toBeGreaterThan(0);
    expect(lost.length).toBeLessThanOrEqual(after.length + onTheWay);
    expect(back.outcome?.loss).toMatchObject({ verdict: 'known', unit: 'bytes' });
    const follow = (await control.controller.journal(back.id)).flatMap(({ what }) =>
      what.event === 'step-done' && what.step.startsWith('follow:') ? [what.output?.note] : [],
    );
    expect(follow).toEqual(['full copy']);
    await expectSameData(cluster.servers);
  });
});

describe('what is not a death', () => {
  it('a slow command that ends before the detection is sure', async () => {
    await using cluster = await startRedisReplication({ replicas: 2, config: debug });
    await using control = await startControl(cluster, { policy: automatic });
    await cluster.primary.command('DEBUG', 'SLEEP', 1);
    await sleep(2000);
    expect(await control.controller.operations({ limit: 5 })).toEqual([]);
    await expectOneWritable(cluster, 'db1');
  });

  it.each(['refused', 'silent'] as const)('one that only the controller cannot reach: %s', async (kind) => {
    await using cluster = await startRedisReplication({ replicas: 2, config: debug });
    await using relay = await startRelay(cluster.primary.address);
    const { host, port } = cluster.primary.address;
    await cluster.primary.command('CONFIG', 'SET', 'replica-announce-ip', host);
    await cluster.primary.command('CONFIG', 'SET', 'replica-announce-port', port);
    const settings = { db1: { address: relay.address } };
    const policy = { ...automatic, seeds: [relay.address] };
    await using control = await startControl(cluster, { settings, policy });
    await using writers = new RedisWriters(cluster.servers, 2);
    await sleep(300);
    await relay.cut(kind);
    await sleep(6000);
    expect(await control.controller.operations({ limit: 5 })).toEqual([]);
    await relay.mend();
    await writers.stop();
    await expectOneWritable(cluster, 'db1');
    const { lost } = await verifyKeys(writers, cluster.primary);
    expect(lost).toEqual([]);
  });
});

describe('other shapes and times', () => {
  it('the replica of a dead intermediate source is put under another', async () => {
    await using cluster = await startRedisReplication({ replicas: 2, shape: 'chain' });
    await using control = await startControl(cluster, { policy: automatic });
    await cluster.server('db2').kill();
    const moved = await control.firstEnded('relocation', 15_000);
    expect(moved.outcome?.summary, told(moved)).toBe('the replicas of db2 follow db1');
    await expectFollowsRedis(cluster.server('db3'), cluster.primary);
    expect(await fullCopies(cluster.primary)).toBe(1);
  });

  it('the next primary that dies is replaced, too', async () => {
    await using cluster = await startRedisReplication({ replicas: 2 });
    await using control = await startControl(cluster, { policy: automatic });
    await cluster.server('db1').kill();
    const first = await control.firstEnded('failover', 10_000);
    await cluster.server(first.plan?.to.name ?? '').kill();
    const second = await control.firstEnded('failover', 15_000, first.id);
    expect(second.status, told(second)).toBe('succeeded');
    await expectOneWritable(cluster, second.plan?.to.name ?? '');
  });

  it('a replica whose link is down takes over, and says what it is behind', async () => {
    await using cluster = await startRedisReplication({ replicas: 1 });
    await using control = await startControl(cluster);
    await cluster.primary.command('SET', 'a', 1);
    await cluster.primary.kill();
    await sleep(2500);
    const operation = await control.failover();
    expect(operation.status, told(operation)).toBe('succeeded');
    await expectOneWritable(cluster, 'db2');
  });

  it('one with its log on disk is taken back with a word that what it alone had cannot be told', async () => {
    await using cluster = await startRedisReplication({ replicas: 2, config: ['appendonly yes'] });
    await using control = await startControl(cluster);
    await cluster.primary.command('SET', 'a', 1);
    await cluster.primary.kill();
    const taken = await control.failover({ to: 'db2' });
    expect(taken.status, told(taken)).toBe('succeeded');
    await cluster.primary.restart();
    const back = await until('it is seen', settled, async () => {
      const asked = await control.rejoin('db1');
      return asked.status === 'refused' ? undefined : asked;
    });
    expect(back.status, told(back)).toBe('succeeded');
    const notes = (await control.controller.journal(back.id)).flatMap(({ what }) =>
      what.event === 'step-done' ? [what.output?.note ?? ''] : [],
    );
    expect(notes.join()).toContain('cannot be told');
    await expectFollowsRedis(cluster.server('db1'), cluster.server('db2'));
  });
});
