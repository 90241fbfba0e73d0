import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asFault } from '../../../src/contract/errors.ts';
import type { ReplicationChannel, SqlEngineKind } from '../../../src/core/observation.ts';
import type { ChannelState } from '../../../src/core/plan.ts';
import { call } from '../../kit/call.ts';
import { followByCoordinates } from '../../kit/coordinates.ts';
import { SOON, until } from '../../kit/deadline.ts';
import { insert, LinkScene } from './scene.ts';
import { StrangledWire } from './strangled-wire.ts';

/** MySQL would wait a minute. */
const PROMPT_MS = 5000;

const words = {
  mariadb: {
    replica: 'slave',
    delayed: (seconds: number) => `stop slave; change master to master_delay=${seconds}; start slave`,
    over: (host: string, port: number) =>
      `stop slave; change master to master_host='${host}', master_port=${port}; start slave`,
  },
  mysql: {
    replica: 'replica',
    delayed: (seconds: number) =>
      `stop replica; change replication source to source_delay=${seconds}; start replica`,
    over: (host: string, port: number) =>
      `stop replica; change replication source to source_host='${host}', source_port=${port}; start replica`,
  },
} as const satisfies Record<SqlEngineKind, object>;

/** db1 ← db2 */
export function receiverCases(engine: SqlEngineKind): void {
  const say = words[engine];
  let scene: LinkScene;

  beforeEach(async () => {
    scene = await LinkScene.start(engine, { replicas: 1 });
  });
  afterEach(() => scene[Symbol.asyncDispose]());

  const compare = (a: string, b: string) =>
    scene.engine.positions.compare(
      scene.engine.positions.parse(a) ?? expect.fail(a),
      scene.engine.positions.parse(b) ?? expect.fail(b),
    );
  const channel = async (): Promise<ReplicationChannel> =>
    (await scene.link('db2').probe(call())).channels[0] ?? expect.fail('no channel');
  const write = async (...ids: readonly string[]): Promise<void> => {
    for (const id of ids) await scene.server('db1').query(insert(id));
  };
  const received = (wanted: string) =>
    until('everything to be received', SOON, async () => {
      const now = (await channel()).received;
      return now !== undefined && /^(equal|ahead)$/.test(compareReceived(now, wanted));
    });
  /** MySQL names what was received since the replica was set up, MariaDB where that has come to. */
  const compareReceived = (now: string, wanted: string): string =>
    engine === 'mariadb'
      ? compare(now, wanted)
      : now.endsWith(wanted.split(/[:-]/).at(-1) ?? '')
        ? 'equal'
        : 'behind';

  describe('stopReceiving', () => {
    it('names what was received, goes on applying it, and takes up an applier that was stopped', async () => {
      await scene.server('db2').query(`stop ${say.replica} sql_thread`);
      await write('a', 'b', 'c');
      const all = await scene.link('db1').position(call());
      await received(all);
      const link = scene.link('db2');
      const position = await link.stopReceiving(call());
      expect(compare(position, all)).toBe('equal');
      await write('unseen');
      await link.awaitPosition(position, call());
      expect(await scene.has('db2', 'c')).toBe(true);
      expect(await channel()).toMatchObject({ receiver: 'stopped', applier: 'running' });
      expect(compare(await link.stopReceiving(call()), all), 'a second time').toBe('equal');
      expect(await scene.has('db2', 'unseen')).toBe(false);
      for (let time = 1; time <= 2; time += 1) await link.startReceiving(call());
      await scene.cluster.caughtUp();
      expect(await scene.has('db2', 'unseen')).toBe(true);
    });

    it('is prompt while the receiver tries to reach a dead source, and so is everything after it', async () => {
      await write('last');
      const all = await scene.link('db1').position(call());
      await scene.cluster.caughtUp();
      await scene.server('db1').kill();
      await until(
        'the receiver to have tried',
        SOON,
        async () => (await channel()).receiverError !== undefined,
      );
      const link = scene.link('db2');
      const began = performance.now();
      expect(compare(await link.stopReceiving(call()), all)).toBe('equal');
      expect(performance.now() - began).toBeLessThan(2000);
    });

    it(`with both threads stopped ${engine === 'mariadb' ? 'names what was applied, since a start throws the rest away' : 'takes up the applier'}`, async () => {
      const before = await scene.link('db1').position(call());
      await scene.server('db2').query(`stop ${say.replica} sql_thread`);
      await write('a');
      const all = await scene.link('db1').position(call());
      await received(all);
      await scene.server('db2').query(`stop ${say.replica} io_thread`);
      const link = scene.link('db2');
      const position = await link.stopReceiving(call());
      expect(compare(position, engine === 'mariadb' ? before : all)).toBe('equal');
      // A start would throw away what may be the only copy.
      expect((await channel()).applier).toBe(engine === 'mariadb' ? 'stopped' : 'running');
      await link.awaitPosition(position, call());
      expect(await scene.has('db2', 'a')).toBe(engine === 'mysql');
    });

    it('on a server that follows nobody names its position', async () => {
      const link = scene.link('db1');
      expect(await link.stopReceiving(call())).toBe(await link.position(call()));
      await link.startReceiving(call());
      await link.renewReceiver('', call());
    });
  });

  /** Only MySQL's appliers wait for the rest, and what shows that they do differs. */
  const parts =
    engine === 'mysql'
      ? (['its beginning', 'its first rows', 'some of its statements'] as const)
      : (['some of its statements'] as const);

  /** Behind a wire that is full within one transaction, of which db2 has so much. */
  describe.each(parts)('a transaction of which a replica has received %s', (part) => {
    const big = 'x'.repeat(3_000_000);
    const statements = {
      // The text stands before the table and the rows.
      'its beginning': `${engine === 'mysql' ? 'set session binlog_rows_query_log_events=1; ' : ''}insert into app.big values (9, '${big}')`,
      'its first rows': "insert into app.big values (9, repeat('x', 3000000))",
      'some of its statements': `begin; ${Array.from({ length: 20 }, (_, id) => `insert into app.big values (${id + 9}, repeat('x', 50000))`).join('; ')}; commit`,
    } as const;

    const strangle = async (wire: StrangledWire): Promise<void> => {
      await scene.server('db1').query('create table app.big (id int primary key, filler longblob)');
      await scene.server('db2').query(say.over(wire.address.host, wire.address.port));
      await write('through the wire');
      await scene.cluster.caughtUp();
    };
    const sendPart = async (wire: StrangledWire): Promise<void> => {
      wire.allow(500_000);
      await scene.server('db1').query(statements[part]);
      await until('the wire to be full', SOON, async () => wire.full);
      if (engine === 'mysql') await until('a part to be received', SOON, async () => (await queueing()) > 0);
    };
    const queueing = async (): Promise<number> =>
      (
        await scene
          .server('db2')
          .query(
            "select 1 from performance_schema.replication_connection_status where queueing_transaction <> ''",
          )
      ).length;
    const inTime = async (work: Promise<unknown>): Promise<void> => {
      const began = performance.now();
      await work;
      expect(performance.now() - began).toBeLessThan(PROMPT_MS);
    };

    const forms =
      engine === 'mysql' && part === 'its beginning'
        ? (['by GTID', 'by offset'] as const)
        : (['by GTID'] as const);
    describe.each(forms)('%s', (form) => {
      const start = async (wire: StrangledWire): Promise<void> => {
        if (form === 'by offset') await followByCoordinates(scene.cluster);
        await strangle(wire);
      };

      it.each(['stopReplicating', 'retireSource'] as const)(
        'is not named, and does not keep %s waiting',
        async (verb) => {
          await using wire = await StrangledWire.to(scene.server('db1').address);
          await start(wire);
          const before = await scene.link('db1').position(call());
          await sendPart(wire);
          await scene.server('db1').kill();
          const link = scene.link('db2');
          expect(compare(await link.stopReceiving(call()), before)).toBe('equal');
          await inTime(link[verb](call(PROMPT_MS)));
          await link.promote({}, call());
          await scene.server('db2').query("insert into app.big values (9, 'nobody holds it')");
        },
      );

      it('does not keep it from following another, or the one before', async () => {
        await using wire = await StrangledWire.to(scene.server('db1').address);
        await start(wire);
        const { address } = scene.server('db1');
        await sendPart(wire);
        const link = scene.link('db2');
        await inTime(link.follow({ source: address, settings: { wasPrimary: false } }, call(PROMPT_MS)));
        await scene.cluster.caughtUp();
        wire.allow(Number.POSITIVE_INFINITY);
        await scene.server('db2').query(say.over(wire.address.host, wire.address.port));
        await write('again through the wire');
        await scene.cluster.caughtUp();
        wire.allow(500_000);
        await scene.server('db1').query('delete from app.big');
        await scene.server('db1').query(statements[part]);
        await until('the wire to be full', SOON, async () => wire.full);
        const before = { source: address, settings: { wasPrimary: false } };
        const states = [{ ...before, receiver: 'running', applier: 'running' }] as const;
        await inTime(link.restoreReplication(states, call(PROMPT_MS)));
        await scene.cluster.caughtUp();
      });

      it('does not keep an applier from being stopped and started again', async () => {
        await using wire = await StrangledWire.to(scene.server('db1').address);
        await start(wire);
        const before = { source: wire.address, settings: { wasPrimary: false } };
        await sendPart(wire);
        const link = scene.link('db2');
        const stopped = [{ ...before, receiver: 'stopped', applier: 'stopped' }] as const;
        await inTime(link.restoreReplication(stopped, call(PROMPT_MS)));
        wire.allow(Number.POSITIVE_INFINITY);
        const running = [{ ...before, receiver: 'running', applier: 'running' }] as const;
        await link.restoreReplication(running, call());
        await scene.cluster.caughtUp();
      });
    });

    // MariaDB's stops within what it has.
    it.runIf(engine === 'mysql' && part === 'its beginning')(
      'is ended when the applier comes to it while it is told to stop',
      async () => {
        await using wire = await StrangledWire.to(scene.server('db1').address);
        await strangle(wire);
        // On the replica, too.
        const slow = "insert into app.writes (id, at) select concat('slow', sleep(2)), now(6)";
        const format = (name: string): string => `set session binlog_format = '${name}'`;
        await scene.server('db1').query(`${format('statement')}; ${slow}; ${format('row')}`);
        await sendPart(wire);
        await inTime(scene.link('db2').stopReplicating(call(PROMPT_MS)));
        expect(await scene.has('db2', 'slow0')).toBe(true);
      },
    );
  });

  it('a replica keeps its delay when it goes over from file and offset to GTID', async () => {
    await followByCoordinates(scene.cluster);
    await scene.server('db2').query(say.delayed(7));
    await using wire = await StrangledWire.to(scene.server('db1').address);
    const link = scene.link('db2');
    expect(await channel()).toMatchObject({ usesGtid: false, delaySeconds: 7 });
    await link.follow({ source: wire.address, settings: { wasPrimary: false } }, call());
    expect(await channel()).toMatchObject({ usesGtid: true, delaySeconds: 7 });
  });

  it.runIf(engine === 'mysql')('who may not end an applier waits for its stop', async () => {
    const few = { user: 'few', password: 'few' };
    await scene
      .server('db1')
      .query(
        "create user few identified by 'few'; grant process, reload, replication client, replication slave, select on *.* to few; grant replication_slave_admin, connection_admin on *.* to few; create table app.big (id int primary key, filler longblob)",
      );
    await using wire = await StrangledWire.to(scene.server('db1').address);
    await scene.server('db2').query(say.over(wire.address.host, wire.address.port));
    await scene.cluster.caughtUp();
    wire.allow(500_000);
    await scene.server('db1').query("insert into app.big values (9, repeat('x', 3000000))");
    await until('the wire to be full', SOON, async () => wire.full);
    const link = scene.link('db2', { admin: { ...few, tls: { verifyServer: false } } });
    const stopping = link.stopReplicating(call(30_000)).then(() => 'stopped', String);
    const of = (what: string, where: string): string =>
      `select ${what} from performance_schema.threads where ${where}`;
    const told = of(
      '1 as n',
      "processlist_info like 'stop replica%' and processlist_info not like '%io_thread%'",
    );
    await until('the stop to wait', SOON, async () => (await scene.server('db2').query(told)).length > 0);
    const coordinator = of('processlist_id as id', "name = 'thread/sql/replica_sql'");
    const [row] = await scene.server('db2').query(coordinator);
    await scene.server('db2').query(`kill ${row?.id}`);
    expect(await stopping).toBe('stopped');
  });

  describe('restoreReplication', () => {
    const asNow = async (over: Partial<ChannelState> = {}): Promise<readonly ChannelState[]> => {
      const { source } = await channel();
      const before = {
        source,
        settings: { wasPrimary: false },
        receiver: 'running',
        applier: 'running',
      } as const;
      return [{ ...before, ...over }];
    };

    it('puts threads back as they were, whichever of them ran', async () => {
      const link = scene.link('db2');
      for (const receiver of ['running', 'stopped'] as const) {
        for (const applier of ['running', 'stopped'] as const) {
          const before = await asNow({ receiver, applier });
          await link.stopReceiving(call());
          for (let time = 1; time <= 2; time += 1) await link.restoreReplication(before, call());
          await until('it to be as it was', SOON, async () => {
            const now = await channel();
            return now.receiver === receiver && now.applier === applier;
          });
        }
      }
      await link.restoreReplication(await asNow(), call());
      await write('afterwards');
      await scene.cluster.caughtUp();
    });

    it('keeps what was received and not applied when its applier is to be stopped', async () => {
      await scene.server('db2').query(`stop ${say.replica} sql_thread`);
      const before = await asNow({ applier: 'stopped' });
      // Slow on the replica alone: what comes after it waits in the relay log. MariaDB's applier takes on the source's server_id.
      const slow =
        "insert into app.writes (id, at) select concat('slow', sleep(if(@@global.server_id=2, 5, 0))), now(6)";
      await scene.server('db1').query(`set session binlog_format = 'statement'; ${slow}`);
      await write('behind it');
      const all = await scene.link('db1').position(call());
      await received(all);
      const link = scene.link('db2');
      await link.stopReceiving(call());
      await scene.server('db1').kill();
      await link.restoreReplication(before, call());
      expect(await channel()).toMatchObject({ receiver: 'connecting', applier: 'stopped' });
      expect(await scene.has('db2', 'behind it')).toBe(false);
      const position = await link.stopReceiving(call());
      expect(compare(position, all)).toBe('equal');
    });

    it('puts it back under a source that is dead, without waiting for it', async () => {
      const before = await asNow();
      await using elsewhere = await StrangledWire.to(scene.server('db1').address);
      await scene.server('db2').query(say.over(elsewhere.address.host, elsewhere.address.port));
      await scene.server('db1').kill();
      await scene.link('db2').restoreReplication(before, call());
      const now = await channel();
      expect(now.source).toEqual(before[0]?.source);
      expect(now).toMatchObject({ receiver: 'connecting', applier: 'running' });
    });
  });

  describe('renewReceiver', () => {
    it('connects anew, and leaves alone a receiver that was stopped', async () => {
      const link = scene.link('db2');
      await link.renewReceiver('', call());
      await until('it to run again', SOON, async () => (await channel()).receiver === 'running');
      await write('renewed');
      await scene.cluster.caughtUp();
      await link.stopReceiving(call());
      await link.renewReceiver('', call());
      expect((await channel()).receiver).toBe('stopped');
    });

    it('keeps what was received and not applied', async () => {
      await scene.server('db2').query(`stop ${say.replica} sql_thread`);
      await write('received');
      await received(await scene.link('db1').position(call()));
      const said = await scene
        .link('db2')
        .renewReceiver('', call())
        .then(() => 'connected', faultCode);
      expect(said).toBe(engine === 'mariadb' ? 'replication-broken' : 'connected');
      await scene.server('db1').kill();
      await scene.server('db2').query(`start ${say.replica} sql_thread`);
      await until('it to be applied', SOON, () => scene.has('db2', 'received'));
    });

    it('finds out that nobody is there, without waiting for it', async () => {
      await scene.server('db1').kill();
      const link = scene.link('db2');
      const began = performance.now();
      await link.renewReceiver('', call());
      expect(performance.now() - began).toBeLessThan(2000);
      await until('it to have been refused', SOON, async () => {
        const { receiver, receiverError } = await channel();
        return receiver === 'connecting' && receiverError !== undefined;
      });
    });
  });
}

const faultCode = (thrown: unknown): string => asFault(thrown).code;
