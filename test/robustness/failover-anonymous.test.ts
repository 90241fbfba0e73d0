/** The primary of MySQL servers without GTIDs dies: their places in its log are all that can be compared. */
import { describe, expect, it } from 'vitest';
import { dauphin } from '../kit/accounts.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { stopReplicating } from '../kit/replication.ts';
import { SqlClient } from '../kit/sql.ts';
import { AnonymousScene, expectEqual, expectSame } from './anonymous-scene.ts';

/** Without an agent a write of each connection may be on the dead primary alone. */
const CONNECTIONS = 4;

const preferDb2 = { db2: { promotionRule: 'prefer' as const } };

describe.skipIf(mysqlUnavailable() !== undefined)('mysql without GTIDs', { timeout: 150_000 }, () => {
  it('a killed primary is replaced, and the others follow from where each of them was', async () => {
    await using scene = await AnonymousScene.start({});
    await scene.server('db1').kill();
    const operation = await scene.failoverAccepting();
    expect(operation.plan?.warnings.join()).toContain('without GTIDs');
    await expectEqual(scene, operation, { lost: CONNECTIONS });
  });

  it('uneven survivors end equal: one had stopped receiving, one had stopped applying', async () => {
    await using scene = await AnonymousScene.start({ settings: preferDb2 });
    await stopReplicating(scene.server('db2'), 'applier');
    await stopReplicating(scene.server('db3'), 'receiver');
    await scene.written(100);
    await scene.server('db1').kill();
    const operation = await scene.failoverAccepting();
    expect(operation.plan?.to.name).toBe('db2');
    await expectEqual(scene, operation, { lost: CONNECTIONS });
  });

  it('the candidate takes what it lacks from the log of a survivor that has received more', async () => {
    await using scene = await AnonymousScene.start({ settings: preferDb2 });
    await stopReplicating(scene.server('db3'), 'receiver');
    await scene.written(40);
    await stopReplicating(scene.server('db2'), 'receiver');
    await scene.written(100);
    await scene.server('db1').kill();
    const operation = await scene.failoverAccepting();
    expect(operation.plan?.to.name).toBe('db2');
    await expectEqual(scene, operation, { lost: CONNECTIONS });
  });

  it('what is on the dead primary’s disk alone is replayed from its log, of every kind of transaction', async () => {
    await using scene = await AnonymousScene.start({ agent: true });
    for (const name of ['db2', 'db3', 'db4']) await stopReplicating(scene.server(name), 'receiver');
    await scene.written(50);
    await scene.server('db1').query(`
      create table app.made (id int primary key, v varchar(100));
      flush binary logs;
      insert into app.made values (1, 'ä''/*!*/;'), (2, null);
      xa start 'x'; insert into app.made values (3, 'xa'); xa end 'x'; xa prepare 'x'; xa commit 'x';
      set session binlog_format = statement; update app.made set v = 'plain' where id = 2;
      set session binlog_format = row; alter table app.made add column w int default 7`);
    await scene.written(50);
    await scene.server('db1').kill();
    const operation = await scene.failover();
    await expectEqual(scene, operation);
    expect(operation.outcome?.loss?.verdict).toBe('none');
    await expectSame(scene, 'app.made');
  });

  it('what is on its disk alone is replayed also past its restarts, at which its log does not rotate', async () => {
    await using scene = await AnonymousScene.start({ agent: true });
    for (const name of ['db2', 'db3', 'db4']) await stopReplicating(scene.server(name), 'receiver');
    await scene.written(30);
    await scene.server('db1').restart();
    await scene.written(30);
    await scene.server('db1').kill();
    await scene.server('db1').restart();
    await scene.written(30);
    await scene.server('db1').kill();
    const operation = await scene.failover();
    await expectEqual(scene, operation);
    expect(operation.outcome?.loss?.verdict).toBe('none');
  });

  it('a table that is made and filled by one statement is replayed from its log', async () => {
    await using scene = await AnonymousScene.start({ agent: true });
    for (const name of ['db2', 'db3', 'db4']) await stopReplicating(scene.server(name), 'receiver');
    await scene.written(20);
    await scene.server('db1').query('create table app.copied as select * from app.writes');
    await scene.written(20);
    await scene.server('db1').kill();
    const operation = await scene.failover();
    await expectEqual(scene, operation);
    await expectSame(scene, 'app.copied');
  });

  it('what a first try replayed before it was given up reaches all survivors with the second', async () => {
    const policy = { failover: { levelMs: 8000 } };
    const agent = 'that may not start it';
    await using scene = await AnonymousScene.start({ agent, settings: preferDb2, policy });
    await scene.server('db1').query('create table app.held (id int primary key, v int)');
    await scene.server('db1').query('insert into app.held values (1, 0)');
    await scene.caughtUp();
    for (const name of ['db2', 'db3', 'db4']) await stopReplicating(scene.server(name), 'receiver');
    await scene.written(60);
    await scene.server('db1').query('update app.held set v = 1');
    await scene.written(60);
    const db2 = scene.server('db2');
    const holder = await SqlClient.open({ engine: 'mysql', address: db2.address, account: dauphin }, 10_000);
    await holder.query(
      'set session transaction isolation level serializable; begin; select v from app.held where id = 1',
      10_000,
    );
    await scene.server('db1').kill();
    const first = await scene.attempt();
    expect(first.status, first.outcome?.summary).toBe('rolled-back');
    expect(await db2.query('select reached from dauphin.replayed')).toHaveLength(1);
    holder.close();
    await scene.seen('db2');
    await expectEqual(scene, await scene.failover());
    await expectSame(scene, 'app.held');
  });

  it('uneven survivors, and the rest on the dead primary’s disk: all end equal, nothing is lost', async () => {
    await using scene = await AnonymousScene.start({ agent: true, settings: preferDb2 });
    for (const name of ['db2', 'db3', 'db4']) {
      await stopReplicating(scene.server(name), 'receiver');
      await scene.written(40);
    }
    await scene.server('db1').kill();
    const operation = await scene.failover();
    expect(operation.plan?.to.name).toBe('db2');
    await expectEqual(scene, operation);
  });

  it('a transaction that was received by half is completed from the dead primary’s log', async () => {
    await using scene = await AnonymousScene.start({ agent: true });
    await scene.receivedByHalf();
    const operation = await scene.failover();
    await expectEqual(scene, operation);
    await expectSame(scene, 'app.big');
  });

  it('without that log a transaction received by half is on nobody, and does not hold the survivors up', async () => {
    await using scene = await AnonymousScene.start({});
    await scene.receivedByHalf();
    // Whether the controller has seen it at the end of the log, and so knows what is missing, is a matter of luck.
    const operation = await scene.failover({ acceptDataLoss: { by: 'test' } });
    // What was acknowledged behind it in the log is there, too.
    await expectEqual(scene, operation, { lost: Number.POSITIVE_INFINITY });
    expect(operation.outcome?.loss?.verdict).not.toBe('none');
    expect(await scene.rowsOf('app.big')).toEqual([0, 0, 0]);
  });

  it.each([0, 150, 500])(
    'a controller killed %d ms into the levelling is carried on, with what another survivor gave',
    async (delayMs) => {
      await using scene = await AnonymousScene.start({ agent: true, settings: preferDb2 });
      await stopReplicating(scene.server('db2'), 'receiver');
      await scene.written(100);
      for (const name of ['db3', 'db4']) await stopReplicating(scene.server(name), 'receiver');
      await scene.written(300);
      const moment = { step: 'level:db2', event: 'step-started', when: 'after', delayMs } as const;
      const operation = await scene.failoverInterrupted(moment);
      expect(operation.resumed).toBeGreaterThan(0);
      await expectEqual(scene, operation);
    },
  );

  it('nothing is replayed twice when the controller is killed in the middle of the replay', async () => {
    await using scene = await AnonymousScene.start({ agent: true, settings: preferDb2 });
    await scene.server('db1').query('create table app.held (id int primary key, v int)');
    await scene.server('db1').query('insert into app.held values (1, 0)');
    await scene.caughtUp();
    for (const name of ['db2', 'db3', 'db4']) await stopReplicating(scene.server(name), 'receiver');
    await scene.written(100);
    await scene.server('db1').query('update app.held set v = 1');
    await scene.written(100);
    // The replay comes as far as this row.
    const db2 = scene.server('db2');
    const holder = await SqlClient.open({ engine: 'mysql', address: db2.address, account: dauphin }, 10_000);
    await holder.query(
      'set session transaction isolation level serializable; begin; select v from app.held where id = 1',
      10_000,
    );
    const moment = { step: 'level:db2', event: 'step-started', when: 'after', delayMs: 4000 } as const;
    const operation = await scene.failoverInterrupted(moment, async () => {
      const noted = await db2.query('select reached from dauphin.replayed');
      expect(noted).toHaveLength(1);
      holder.close();
    });
    await expectEqual(scene, operation);
    await expectSame(scene, 'app.held');
  });

  it('a controller killed when all was replayed, and not on record, is carried on', async () => {
    await using scene = await AnonymousScene.start({ agent: true, settings: preferDb2 });
    for (const name of ['db2', 'db3', 'db4']) await stopReplicating(scene.server(name), 'receiver');
    await scene.written(200);
    const moment = { step: 'level:db2', event: 'step-done', when: 'before', delayMs: 0 } as const;
    await expectEqual(scene, await scene.failoverInterrupted(moment));
  });
});
