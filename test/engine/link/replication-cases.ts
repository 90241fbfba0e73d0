import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SqlEngineKind } from '../../../src/core/observation.ts';
import type { FollowSettings } from '../../../src/core/plan.ts';
import { expectFollows } from '../../kit/aftermath.ts';
import { call } from '../../kit/call.ts';
import { SOON, until } from '../../kit/deadline.ts';
import { freePort } from '../../kit/ports.ts';
import { follow } from '../../kit/replication.ts';
import { failure, insert, LinkScene } from './scene.ts';

const asBefore: FollowSettings = { wasPrimary: false };
const wasPrimary: FollowSettings = { wasPrimary: true, heartbeatSeconds: 7, connectRetrySeconds: 3 };

const words = {
  mariadb: {
    stop: 'stop slave',
    start: 'start slave',
    stopApplier: 'stop slave sql_thread',
    writable: 'set global read_only=0',
    readOnly: 'set global read_only=1',
  },
  mysql: {
    stop: 'stop replica',
    start: 'start replica',
    stopApplier: 'stop replica sql_thread',
    writable: 'set global read_only=0',
    readOnly: 'set global super_read_only=1',
  },
} as const satisfies Record<SqlEngineKind, object>;

/** db1 ← db2, db3; every case leaves it like that. */
export function replicationCases(engine: SqlEngineKind): void {
  const say = words[engine];
  let scene: LinkScene;

  beforeAll(async () => {
    scene = await LinkScene.start(engine, { replicas: 2 });
  });
  afterEach(async () => {
    await scene.clear();
    for (const name of ['db2', 'db3']) await expectFollows(scene.server(name), scene.server('db1'));
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const address = (name: string) => scene.server(name).address;
  const channelOf = async (name: string) => (await scene.link(name).probe(call())).channels[0];
  const write = (name: string, id: string) => scene.server(name).query(insert(id));

  describe('position and awaitPosition', () => {
    it('return when everything is applied', async () => {
      const primary = scene.link('db1');
      const before = await primary.position(call());
      await write('db1', 'position');
      const now = await primary.position(call());
      expect(scene.engine.positions.compare(before, now)).toBe('behind');
      const replica = scene.link('db2');
      await replica.awaitPosition(now, call());
      expect(scene.engine.positions.compare(now, await replica.position(call()))).not.toBe('ahead');
      expect(await scene.has('db2', 'position')).toBe(true);
      await replica.awaitPosition(before, call(500));
      // MariaDB waits for what was replicated; what a primary wrote itself it does not count.
      if (engine === 'mysql') await primary.awaitPosition(now, call(500));
    });

    it('wait for what is still under way', async () => {
      await scene.server('db2').query(say.stopApplier);
      await write('db1', 'under-way');
      const wanted = await scene.link('db1').position(call());
      const waiting = scene.link('db2').awaitPosition(wanted, call());
      await sleep(200);
      await scene.server('db2').query(say.start);
      await waiting;
      expect(await scene.has('db2', 'under-way')).toBe(true);
    });

    it.each([1, 300, 1500])(
      'say so when it is not applied within %i ms, and the link is of use afterwards',
      async (deadlineMs) => {
        await scene.server('db2').query(say.stop);
        await write('db1', `late-${deadlineMs}`);
        const wanted = await scene.link('db1').position(call());
        const replica = scene.link('db2');
        await replica.prepare(call());
        const failed = await failure(replica.awaitPosition(wanted, call(deadlineMs)));
        // A deadline that leaves the server no time to say so itself is as good.
        expect(failed.code).toMatch(
          deadlineMs < 50 ? /^(position-not-reached|deadline-exceeded)$/ : /^position-not-reached$/,
        );
        expect(failed.message).toContain(`${deadlineMs} ms`);
        expect(failed.ms).toBeLessThan(deadlineMs + 1000);
        await scene.server('db2').query(say.start);
        await replica.awaitPosition(wanted, call());
      },
    );
  });

  describe('stopReplicating', () => {
    it('stops and tells what is applied, twice as well as once', async () => {
      const link = scene.link('db2');
      const first = await link.stopReplicating(call());
      await write('db1', 'unseen');
      const second = await link.stopReplicating(call());
      expect(scene.engine.positions.compare(first, second)).toBe('equal');
      expect(await channelOf('db2')).toMatchObject({ receiver: 'stopped', applier: 'stopped' });
      expect(await scene.has('db2', 'unseen')).toBe(false);
      await scene.server('db2').query(say.start);
    });

    it('on a server that follows nobody tells its position', async () => {
      const link = scene.link('db1');
      expect(await link.stopReplicating(call())).toBe(await link.position(call()));
    });
  });

  describe('follow', () => {
    it('puts a replica under another source with all its settings, twice as well as once', async () => {
      const link = scene.link('db3');
      const before = await channelOf('db3');
      for (let time = 1; time <= 2; time += 1) {
        await link.follow({ source: address('db2'), settings: { ...asBefore, heartbeatSeconds: 1 } }, call());
        const { receiver, applier, source, user, heartbeatSeconds, connectRetrySeconds, usesGtid, tls } =
          (await channelOf('db3')) ?? {};
        expect({ receiver, applier, source, usesGtid }).toEqual({
          receiver: 'running',
          applier: 'running',
          source: address('db2'),
          usesGtid: true,
        });
        expect({ user, heartbeatSeconds, connectRetrySeconds, tls }).toEqual({
          user: before?.user,
          heartbeatSeconds: before?.heartbeatSeconds,
          connectRetrySeconds: before?.connectRetrySeconds,
          tls: before?.tls,
        });
      }
      await write('db1', 'down-the-chain');
      await expectFollows(scene.server('db3'), scene.server('db1'));
      await link.follow({ source: address('db1'), settings: asBefore }, call());
      expect((await channelOf('db3'))?.source).toEqual(address('db1'));
    });

    it('starts a replica that was stopped', async () => {
      const link = scene.link('db2');
      await link.stopReplicating(call());
      await link.follow({ source: address('db1'), settings: asBefore }, call());
      expect(await channelOf('db2')).toMatchObject({ receiver: 'running', applier: 'running' });
    });

    it('of a dead source says so within its deadline, in the words of the server', async () => {
      const link = scene.link('db3');
      const nobody = { host: address('db1').host, port: await freePort(address('db1').host) };
      const failed = await failure(link.follow({ source: nobody, settings: asBefore }, call(1500)));
      expect(failed.code).toBe('replication-broken');
      expect(failed.message).toContain(`${nobody.host}:${nobody.port}`);
      expect(failed.message).toMatch(/2003|2002|receiver does not run/);
      expect(failed.ms).toBeLessThan(2500);
      await link.follow({ source: address('db1'), settings: asBefore }, call());
    });

    it('of a source that does not know the account says so', async () => {
      const link = scene.link('db3', { replication: { user: 'nobody', password: 'x' } });
      await link.retireSource(call());
      const failed = await failure(link.follow({ source: address('db1'), settings: wasPrimary }, call(1500)));
      expect(failed.code).toBe('replication-broken');
      expect(failed.message).toMatch(/1045|Access denied|receiver does not run/);
      await scene.link('db3').retireSource(call());
      await scene.link('db3').follow({ source: address('db1'), settings: wasPrimary }, call());
    });

    it('as a former primary takes the settings it is given, and loses nothing of its own', async () => {
      const old = scene.link('db1');
      const next = scene.link('db2');
      await old.makeReadOnly(call());
      await next.awaitPosition(await old.position(call()), call());
      await next.promote({}, call());
      await next.retireSource(call());
      await write('db2', 'on-the-new');
      for (let time = 1; time <= 2; time += 1) {
        await old.follow({ source: address('db2'), settings: wasPrimary }, call());
        expect(await channelOf('db1')).toMatchObject({
          source: address('db2'),
          user: 'repl',
          heartbeatSeconds: 7,
          connectRetrySeconds: 3,
          usesGtid: true,
          receiver: 'running',
        });
      }
      await old.awaitPosition(await next.position(call()), call());
      expect(await scene.has('db1', 'on-the-new')).toBe(true);

      // And back.
      await next.makeReadOnly(call());
      await old.awaitPosition(await next.position(call()), call());
      await old.promote({}, call());
      await old.retireSource(call());
      await next.follow({ source: address('db1'), settings: wasPrimary }, call());
      await write('db1', 'back-home');
      await expectFollows(scene.server('db2'), scene.server('db1'));
    });
  });

  describe('retireSource', () => {
    it('forgets the source for good, twice as well as once', async () => {
      const link = scene.link('db2');
      for (let time = 1; time <= 2; time += 1) {
        await link.retireSource(call());
        expect((await link.probe(call())).channels).toEqual([]);
      }
      await scene.server('db2').restart();
      expect((await link.probe(call())).channels).toEqual([]);
      await scene.server('db2').query(say.readOnly);
      await link.follow({ source: address('db1'), settings: wasPrimary }, call());
      expect(await channelOf('db2')).toMatchObject({
        source: address('db1'),
        user: 'repl',
        heartbeatSeconds: 7,
        connectRetrySeconds: 3,
      });
    });
  });

  describe('the hand-over row', () => {
    const row = { operation: 'sw-1', from: "d'b1", to: 'db2\\', position: '0-1-1', at: 1_700_000_000_000 };

    it('is written once, and seen where it has been applied', async () => {
      const primary = scene.link('db1');
      const replica = scene.link('db2');
      const written = await primary.writeHandOver(row, call());
      await primary.writeHandOver({ ...row, to: 'somebody else' }, call());
      await replica.awaitPosition(written, call());
      expect(await primary.seesHandOver('sw-1', call())).toBe(true);
      expect(await replica.seesHandOver('sw-1', call())).toBe(true);
      expect(await replica.seesHandOver('sw-2', call())).toBe(false);
      const rows = await scene.server('db2').query('select * from dauphin.hand_over');
      expect(rows).toMatchObject([
        { operation: 'sw-1', old_primary: "d'b1", new_primary: 'db2\\', frozen_position: '0-1-1' },
      ]);
    });

    it('cannot be written on a server that is frozen', async () => {
      const link = scene.link('db1');
      await link.freeze(call());
      const failed = await failure(link.writeHandOver({ ...row, operation: 'sw-9' }, call(1500)));
      expect(failed.code).toMatch(/^(statement-failed|deadline-exceeded)$/);
      expect(failed.ms).toBeLessThan(2500);
      await link.thaw(call());
    });
  });

  describe('a replica that is ahead of its source', () => {
    it('as a former primary is refused by the source, and says with what', async () => {
      const db3 = scene.server('db3');
      const link = scene.link('db3');
      if (engine === 'mariadb') {
        await db3.query(`${say.stop}; create database errant`);
      } else {
        // Of the source's own making, as after a primary has lost its last writes; of anybody else's MySQL asks nothing.
        const primary = await scene.link('db1').probe(call());
        await db3.query(
          `${say.stop}; ${say.writable}; set gtid_next='${primary.uuid}:99999'; begin; commit; set gtid_next=automatic; ${say.readOnly}`,
        );
      }
      const failed = await failure(link.follow({ source: address('db1'), settings: wasPrimary }, call(4000)));
      expect(failed.code).toBe('replication-broken');
      expect(failed.message).toMatch(/1236|13114|not in the master's binlog|more GTIDs than the source/);
      expect(failed.ms).toBeLessThan(5000);
      await rebuild('db3');
    });

    it(`with a write of its own ${engine === 'mysql' ? 'is let follow: that it is errant is for the plan to see' : 'that no other replica has'}`, async () => {
      const db3 = scene.server('db3');
      await db3.query(`${say.writable}; create database own_write; ${say.readOnly}`);
      const link = scene.link('db3');
      const primary = await scene.link('db1').probe(call());
      expect(scene.engine.errant(await link.probe(call()), primary)?.count).toBe(1);
      await link.follow({ source: address('db2'), settings: asBefore }, call());
      await write('db1', 'after-errant');
      const became = await until('the next event to be applied, or refused', SOON, async () => {
        if (await scene.has('db3', 'after-errant')) return 'goes on';
        const channel = await channelOf('db3');
        return channel?.applier === 'stopped' && channel.applierError?.code;
      });
      // MariaDB starts from what it replicated; strict mode finds the clash of numbers only now.
      expect(became).toBe(engine === 'mysql' ? 'goes on' : 1950);
      await rebuild('db3');
    });
  });

  /** A replica with a history of its own is given the primary's. */
  async function rebuild(name: string): Promise<void> {
    const db = scene.server(name);
    const position = (await scene.link('db1').position(call())).replaceAll('\n', '');
    const replica = engine === 'mariadb' ? 'slave' : 'replica';
    await db.query(`stop ${replica}; reset ${replica} all; set global read_only=0`);
    const missing = await missingRows(name);
    await db.query(
      `set sql_log_bin=0; drop database if exists errant; drop database if exists own_write; ${missing.join(';')}${missing.length > 0 ? ';' : ''} set sql_log_bin=1`,
    );
    await db.query(
      engine === 'mariadb'
        ? `reset master; set global gtid_slave_pos='${position}'`
        : `reset binary logs and gtids; set global gtid_purged='${position}'`,
    );
    await db.query(say.readOnly);
    await follow(db, scene.server('db1'));
  }

  async function missingRows(name: string): Promise<readonly string[]> {
    const rows = (on: string) => scene.server(on).query('select seq, id, at from app.writes');
    const [all, own] = await Promise.all([rows('db1'), rows(name)]);
    const there = new Set(own.map(({ seq }) => seq));
    return all
      .filter(({ seq }) => !there.has(seq))
      .map(({ seq, id, at }) => `insert into app.writes (seq, id, at) values (${seq}, '${id}', '${at}')`);
  }
}
