/** The verbs of a link to one plain Redis or Valkey server, against real ones. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../src/contract/errors.ts';
import { systemClock } from '../../src/control/system-clock.ts';
import type { Call } from '../../src/core/clock.ts';
import type { EngineContext, FollowRequest, ServerLink } from '../../src/core/engine.ts';
import { redis } from '../../src/engines/redis/index.ts';
import { until } from '../kit/deadline.ts';
import { redisFlavours } from '../kit/redis/redis-flavours.ts';
import type { RedisServer } from '../kit/redis/redis-server.ts';
import { type RedisReplication, startRedisReplication } from '../kit/redis/replication.ts';
import { RespProber } from '../kit/redis/resp-prober.ts';

const call = (deadlineMs = 5000, signal = new AbortController().signal): Call => ({ deadlineMs, signal });
const soon = { deadlineMs: 10_000, everyMs: 10 };

const context: EngineContext = {
  clock: systemClock,
  admin: { user: 'default', password: '' },
  longTransactionSeconds: 60,
  schema: 'dauphin',
};

const under = ({ address }: RedisServer, wasPrimary = false): FollowRequest => ({
  source: address,
  settings: { wasPrimary },
});

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const thrown: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return thrown instanceof Fault ? thrown.code : `no fault: ${String(thrown)}`;
};

describe.each(redisFlavours.map((flavour) => [flavour.name, flavour] as const))('%s', (_name, flavour) => {
  const each = { skip: flavour.unavailable !== undefined };
  let cluster: RedisReplication;
  let primary: ServerLink;
  let replica: ServerLink;
  const db1 = (): RedisServer => cluster.server('db1');
  const db2 = (): RedisServer => cluster.server('db2');

  beforeAll(async () => {
    if (each.skip) return;
    cluster = await startRedisReplication({ replicas: 1, flavour, config: ['enable-debug-command yes'] });
    primary = redis.link(db1().address, context);
    replica = redis.link(db2().address, context);
  });
  afterAll(async () => {
    if (each.skip) return;
    await primary.close();
    await replica.close();
    await cluster[Symbol.asyncDispose]();
  });

  it('a look tells role, source, replicas, position and version', each, async () => {
    const [seen, other] = await Promise.all([primary.probe(call()), replica.probe(call())]);
    expect(seen).toMatchObject({ engine: 'redis', writeMode: 'writable', channels: [] });
    expect(seen.downstream).toEqual([db2().address]);
    expect(`${seen.version.major}.${seen.version.minor}`).toBe(flavour.version);
    expect(seen.version.product).toBe(flavour.product === 'valkey' ? 'Valkey' : undefined);
    expect(other.writeMode).toBe('read-only');
    expect(other.promotionPriority).toBe(100);
    expect(other.channels[0]).toMatchObject({ source: db1().address, receiver: 'running', lagSeconds: 0 });
    expect(seen.executed).toMatch(/^[0-9a-f]{40}:\d+$/);
    expect(redis.errant(other, seen)).toBeUndefined();
  });

  it('a freeze makes writers wait, may be repeated, and a thaw lets them go on', each, async () => {
    await primary.prepare(call());
    const first = await primary.freeze(call());
    expect(primary.holdsFreeze()).toBe(true);
    using client = await RespProber.open(db1().target, 1000);
    let answered = false;
    const write = client.call(['SET', 'frozen', '1'], 10_000).finally(() => {
      answered = true;
    });
    const second = await primary.freeze(call());
    expect(redis.positions.compare(second, first)).toBe('equal');
    await sleep(200);
    expect(answered).toBe(false);
    expect((await primary.probe(call())).writeMode).toBe('writable');
    await primary.thaw(call());
    await primary.thaw(call());
    expect(await write).toBe('OK');
    expect(primary.holdsFreeze()).toBe(false);
    await primary.rest();
  });

  it('a freeze that nobody ends, ends by itself, and is not held before it', each, async () => {
    await primary.prepare(call());
    await primary.freeze(call());
    using client = await RespProber.open(db1().target, 1000);
    const began = performance.now();
    const write = client.call(['SET', 'frozen', '2'], 10_000);
    await until('it to be held no more', soon, async () => !primary.holdsFreeze());
    expect(performance.now() - began).toBeLessThan(5000);
    expect(await codeOf(primary.demote?.(db2().address, call()) ?? Promise.resolve())).toBe(
      'verification-failed',
    );
    expect(await write).toBe('OK');
    await primary.rest();
  });

  it('a position is reached, or it is said that it was not', each, async () => {
    await db1().command('SET', 'a', 'x'.repeat(1000));
    const position = await primary.position(call());
    await replica.awaitPosition(position, call());
    await db2().pause();
    const brief = await codeOf(replica.awaitPosition(position, call(300)));
    db2().resume();
    expect(brief).toBe('position-not-reached');
    const far = redis.positions.parse(position.replace(/:\d+$/, ':999999999'));
    if (far === undefined) throw new Error('no position');
    expect(await codeOf(replica.awaitPosition(far, call(200)))).toBe('position-not-reached');
    const ended = new AbortController();
    const waiting = codeOf(replica.awaitPosition(far, call(5000, ended.signal)));
    setTimeout(() => ended.abort(), 50);
    expect(await waiting).not.toBe('position-not-reached');
  });

  it('a receiver that connects anew gets only what it lacks', each, async () => {
    const before = await db1().info('stats');
    await replica.renewReceiver('', call());
    await until('it is fed again', soon, async () => {
      const { channels } = await replica.probe(call());
      return channels[0]?.receiver === 'running';
    });
    const after = await db1().info('stats');
    expect(after.sync_full).toBe(before.sync_full);
    expect(Number(after.sync_partial_ok)).toBeGreaterThan(Number(before.sync_partial_ok));
  });

  it('a primary that is made read-only refuses writes, and the fence is lifted', each, async () => {
    await db1().command('CONFIG', 'SET', 'min-replicas-to-write', 1);
    await primary.makeReadOnly(call());
    await primary.makeReadOnly(call());
    await expect(db1().command('SET', 'a', 1)).rejects.toThrow('NOREPLICAS');
    expect((await primary.probe(call())).writeMode).toBe('read-only');
    await primary.thaw(call());
    expect(await db1().command('CONFIG', 'GET', 'min-replicas-to-write')).toEqual([
      'min-replicas-to-write',
      '1',
    ]);
    expect(await db1().command('SET', 'a', 1)).toBe('OK');
    await db1().command('CONFIG', 'SET', 'min-replicas-to-write', 0);
  });

  it('a replica that was writable is not any more', each, async () => {
    await db2().command('CONFIG', 'SET', 'replica-read-only', 'no');
    expect((await replica.probe(call())).writeMode).toBe('writable');
    await replica.makeReadOnly(call());
    await expect(db2().command('SET', 'a', 1)).rejects.toThrow('READONLY');
  });

  it('what another controller has left under way is ended', each, async () => {
    const dead = redis.link(db1().address, context);
    await dead.prepare(call());
    await primary.prepare(call());
    await primary.takeOver(call());
    const names = String(await db1().command('CLIENT', 'LIST')).match(/name=dauphin-work/g) ?? [];
    expect(names.length, 'its own only').toBe(1);
    await dead.close();
    await primary.rest();
  });

  it(
    'a hand-over and back: demoted first, partial both ways, kept over a restart of the file',
    each,
    async () => {
      for (const [from, to, oldServer, newServer] of [
        [primary, replica, db1(), db2()],
        [replica, primary, db2(), db1()],
      ] as const) {
        await from.prepare(call());
        await to.prepare(call());
        await to.awaitPosition(await from.freeze(call()), call());
        const at = await from.demote?.(newServer.address, call());
        if (at === undefined) throw new Error('it is demoted');
        await to.awaitPosition(at, call());
        await to.promote({}, call());
        await newServer.command('INCR', 'hand-overs');
        await from.endWriters(call());
        await to.retireSource(call());
        expect(await from.follow(under(newServer, true), call())).toEqual({
          how: 'partial resynchronisation',
        });
        const { host, port } = newServer.address;
        expect(await readFile(`${oldServer.folder}/redis.conf`, 'utf8')).toContain(
          `replicaof ${host} ${port}`,
        );
        expect(await readFile(`${newServer.folder}/redis.conf`, 'utf8')).not.toContain('replicaof');
        const row = { operation: 'op-1', from: 'a', to: 'b', position: '', at: 0 };
        await from.awaitPosition(await to.writeHandOver(row, call()), call());
        expect(await from.seesHandOver('op-1', call())).toBe(true);
        expect(await from.seesHandOver('op-2', call())).toBe(false);
        await from.rest();
        await to.rest();
      }
    },
  );

  it('one that has data of its own gets a full copy, and says so', each, async () => {
    await db2().command('REPLICAOF', 'NO', 'ONE');
    await db2().command('SET', 'own', 'x');
    const [own, theirs] = [await replica.probe(call()), await primary.probe(call())];
    expect(redis.errant(own, theirs)).toMatchObject({ unit: 'bytes' });
    expect(await replica.follow(under(db1()), call(20_000))).toEqual({ how: 'full copy' });
    expect(await db2().command('GET', 'own')).toBeNull();
  });

  it('following one that is not there is a failure, in time, and can be taken back', each, async () => {
    const { channels } = await replica.probe(call());
    const nobody: FollowRequest = { source: { host: '127.0.0.1', port: 1 }, settings: { wasPrimary: false } };
    const began = performance.now();
    expect(await codeOf(replica.follow(nobody, call(500)))).toBe('replication-broken');
    expect(performance.now() - began).toBeLessThan(2000);
    const state = channels.map(({ source, receiver, applier }) => ({
      source,
      settings: { wasPrimary: false },
      receiver: receiver === 'stopped' ? ('stopped' as const) : ('running' as const),
      applier,
    }));
    await replica.restoreReplication(state, call());
    await until('it is fed again', soon, async () => {
      return (await replica.probe(call())).channels[0]?.receiver === 'running';
    });
  });

  it('every verb on a hung server ends by its deadline', each, async () => {
    const link = redis.link(db2().address, context);
    await Promise.all([link.probe(call()), link.pulse(call()), link.prepare(call())]);
    const position = await link.position(call());
    const fresh = redis.link(db2().address, context);
    await db2().pause();
    const began = performance.now();
    const brief = (): Call => call(300);
    const verbs: Readonly<Record<string, (on: ServerLink) => Promise<unknown>>> = {
      probe: (on) => on.probe(brief()),
      pulse: (on) => on.pulse(brief()),
      prepare: (on) => on.prepare(brief()),
      freeze: (on) => on.freeze(brief()),
      thaw: (on) => on.thaw(brief()),
      takeOver: (on) => on.takeOver(brief()),
      position: (on) => on.position(brief()),
      awaitPosition: (on) => on.awaitPosition(position, brief()),
      promote: (on) => on.promote({}, brief()),
      endWriters: (on) => on.endWriters(brief()),
      retireSource: (on) => on.retireSource(brief()),
      stopReceiving: (on) => on.stopReceiving(brief()),
      renewReceiver: (on) => on.renewReceiver('', brief()),
      follow: (on) => on.follow(under(db1()), brief()),
      makeReadOnly: (on) => on.makeReadOnly(brief()),
      dataBytes: (on) => on.dataBytes(brief()),
      seesHandOver: (on) => on.seesHandOver('op-1', brief()),
    };
    const ends = Object.entries(verbs).flatMap(([verb, work]) =>
      [link, fresh].map(async (on) => [verb, await codeOf(work(on)), performance.now() - began] as const),
    );
    const late = (await Promise.all(ends)).filter(([, code, ms]) => code.startsWith('no fault') || ms > 1500);
    db2().resume();
    expect(late).toEqual([]);
    await link.close();
    await fresh.close();
  });

  it('tells when a connection for looking is lost, and connects again', each, async () => {
    let lost = 0;
    const stop = primary.onLost(() => {
      lost += 1;
    });
    await primary.probe(call());
    await primary.pulse(call());
    await db1().command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('the news', soon, async () => lost >= 2);
    stop();
    await primary.pulse(call());
    expect((await primary.probe(call())).channels).toEqual([]);
  });
});

it('an account that is not allowed to look is told which command it lacks', async () => {
  await using cluster = await startRedisReplication({ replicas: 0 });
  await cluster.primary.command('ACL', 'SETUSER', 'few', 'on', '>pass', '+@all', '-info');
  const link = redis.link(cluster.primary.address, { ...context, admin: { user: 'few', password: 'pass' } });
  const failed = link.probe(call());
  await expect(failed).rejects.toMatchObject({ code: 'access-denied' });
  await expect(failed).rejects.toThrow(/'info'/);
  await link.close();
});
