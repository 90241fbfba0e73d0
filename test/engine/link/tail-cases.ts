import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SqlEngineKind } from '../../../src/core/observation.ts';
import { app, boss } from '../../kit/accounts.ts';
import { call } from '../../kit/call.ts';
import type { DatabaseServer } from '../../kit/database-server.ts';
import { until } from '../../kit/deadline.ts';
import { MYSQLBINLOG } from '../../kit/mysql.ts';
import { failure, insert, LinkScene } from './scene.ts';
import { StrangledWire } from './strangled-wire.ts';

const words = {
  mariadb: {
    position: '@@gtid_binlog_pos',
    tool: 'mariadb-binlog',
    over: (host: string, port: number) =>
      `stop slave; change master to master_host='${host}', master_port=${port}; start slave`,
  },
  mysql: {
    position: '@@global.gtid_executed',
    tool: MYSQLBINLOG,
    over: (host: string, port: number) =>
      `stop replica; change replication source to source_host='${host}', source_port=${port}; start replica`,
  },
} as const satisfies Record<SqlEngineKind, object>;

const durability = 'select @@global.sync_binlog as log, @@global.innodb_flush_log_at_trx_commit as engine';
const tables = ['app.writes', 'app.kinds', 'app.bytes', 'app.many'];

/** db1 ← db2, whose receiver is stopped: what db1 does then is in its log alone. */
export function tailCases(engine: SqlEngineKind): void {
  const say = words[engine];
  let scene: LinkScene;

  beforeEach(async () => {
    scene = await LinkScene.start(engine, { replicas: 1 });
  });
  afterEach(() => scene[Symbol.asyncDispose]());

  const server = (name: string): DatabaseServer => scene.server(name);
  const positionOf = async (name: string): Promise<string> => {
    const [row] = await server(name).query(`select ${say.position} as position`);
    return (row?.position ?? '').replaceAll('\n', '');
  };

  /** What the engine's own tool prints of a server's whole log. */
  async function* log(of: DatabaseServer, mangle = (text: string): string => text): AsyncGenerator<string> {
    const names = (await readdir(`${of.folder}/data`)).filter((name) => /^bin\.\d+$/.test(name)).sort();
    const files = names.map((name) => `${of.folder}/data/${name}`);
    const tool = spawn(say.tool, ['--no-defaults', ...files], { stdio: ['ignore', 'pipe', 'inherit'] });
    tool.stdout.setEncoding('latin1');
    for await (const chunk of tool.stdout) yield mangle(String(chunk));
  }

  async function stopReceiver(): Promise<void> {
    await scene.cluster.caughtUp();
    await scene.link('db2').stopReceiving(call());
  }

  async function expectSame(): Promise<void> {
    expect(await positionOf('db2')).toBe(await positionOf('db1'));
    for (const table of tables) {
      const [there, here] = await Promise.all(
        ['db1', 'db2'].map((name) =>
          server(name)
            .query(`select * from ${table} order by 1`)
            .catch((thrown: unknown) => String(thrown)),
        ),
      );
      expect(here, table).toEqual(there);
    }
  }

  async function expectAsBefore(before: unknown): Promise<void> {
    expect(await server('db2').query(durability)).toEqual(before);
    expect(await scene.write('db2', app, 'too-early')).not.toBe(0);
    const look = await scene.link('db2').probe(call());
    expect(look.writeMode).toBe(engine === 'mariadb' ? 'read-only' : 'super-read-only');
    expect(look.channels[0]).toMatchObject({ applier: 'running', receiver: 'stopped' });
  }

  describe('applyLog', () => {
    it('brings everything that the dead primary had alone, whatever it is, and a second time nothing', async () => {
      const db1 = server('db1');
      await stopReceiver();
      const before = await server('db2').query(durability);
      const client = await scene.client('db1', boss);
      await client.query(
        `create table app.kinds (id int primary key, t text, index (t(20))) charset utf8mb4`,
      );
      await client.query('create table app.bytes (id int primary key, b longblob)');
      await client.query('create table app.many (id int primary key, filler varchar(200))');
      for (let i = 1; i <= 200; i += 1) await client.query(insert(`t-${i}`));
      const tricky = [
        `a /*!*/; b`,
        `it''s "quoted" and \`ticked\``,
        `back\\\\slash \\' quote`,
        'line\\nfeed; and semicolon;',
        `Grüße aus Zürich, 東京 🚀 à`,
      ];
      const all = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join('');
      for (const [at, format] of (['ROW', 'MIXED', 'STATEMENT'] as const).entries()) {
        await client.query(`set session binlog_format = '${format}'`);
        for (const [i, text] of tricky.entries()) {
          await client.query(`insert into app.kinds values (${100 * at + i}, '${text}')`);
        }
        await client.query(
          `insert into app.kinds /* don't; /*!*/ values (${100 * at + 50}, "it's") -- don't\n`,
        );
        await client.query(`insert into app.bytes values (${at}, x'${all}')`);
        await client.query(`insert into app.kinds values (${100 * at + 60}, concat('at ', now(6)))`);
        await client.query(`set @v = 'vàr'; insert into app.kinds values (${100 * at + 61}, @v)`);
      }
      await client.query(`set session sql_mode='NO_BACKSLASH_ESCAPES'`);
      await client.query(`insert into app.kinds values (900, 'C:\\')`);
      await client.query(`insert into app.kinds values (901, 'after')`);
      await client.query(`set session sql_mode=''; set session binlog_format = 'ROW'`);
      await client.query(`insert into app.bytes values (9, repeat(x'00ff27275c0a', 200000))`);
      const rows = Array.from({ length: 20_000 }, (_, i) => `(${i}, 'filler ${i}')`);
      await client.query(`begin; insert into app.many values ${rows.slice(0, 10_000).join(',')}`);
      await client.query(`insert into app.many values ${rows.slice(10_000).join(',')}; commit`);
      await client.query(`create database \`schöne neue welt\``);
      await client.query(
        `use app; create procedure p() begin insert into app.kinds values (950, 'a;b'); select 1; end`,
      );
      await client.query('call p()');
      await client.query(`alter table app.kinds add column extra int default 7`);
      await db1.kill();

      const link = scene.link('db2');
      await link.applyLog(log(db1), call(60_000));
      const position = await link.position(call());
      await expectAsBefore(before);
      await db1.restart();
      await expectSame();
      expect(position.replaceAll('\n', '')).toBe(await positionOf('db1'));

      await link.applyLog(log(db1), call(60_000));
      await expectSame();
      await expectAsBefore(before);
      // And it goes on from there.
      await link.startReceiving(call());
      await server('db1').query(insert('afterwards'));
      await scene.cluster.caughtUp();
    });

    it('stops where a statement fails; nothing of that transaction or after it is there, and what was put down is put back', async () => {
      const db1 = server('db1');
      await stopReceiver();
      const before = await server('db2').query(durability);
      const client = await scene.client('db1', boss);
      await client.query(`set session binlog_format = 'STATEMENT'`);
      for (const id of ['one', 'two']) await client.query(insert(id));
      await client.query(`begin; ${insert('three-a')}; ${insert('three-b')}; commit`);
      await client.query(insert('four'));
      await db1.kill();
      const link = scene.link('db2');
      const spoil = (text: string): string => text.replace("'three-b'", "'three-b', 'and more'");
      const failed = await failure(link.applyLog(log(db1, spoil), call(20_000)));
      expect(failed.code).toBe('statement-failed');
      expect(failed.message).toMatch(/column count/i);
      await expectAsBefore(before);
      for (const [id, there] of [
        ['one', true],
        ['two', true],
        ['three-a', false],
        ['four', false],
      ] as const) {
        expect(await scene.has('db2', id), id).toBe(there);
      }
      await link.applyLog(log(db1), call(20_000));
      await db1.restart();
      await expectSame();
      await expectAsBefore(before);
    });

    it('brings the whole of a transaction that was received by half, in spite of the applier that is within it', async () => {
      const db1 = server('db1');
      await db1.query('create table app.many (id int primary key, filler longblob)');
      await using wire = await StrangledWire.to(db1.address);
      const { host, port } = wire.address;
      await server('db2').query(say.over(host, port));
      await scene.cluster.caughtUp();
      wire.allow(60_000);
      const rows = Array.from(
        { length: 20 },
        (_, id) => `insert into app.many values (${id}, repeat('x', 50000))`,
      );
      await db1.query(`begin; ${rows.join('; ')}; commit`);
      await until('the wire to be full', { deadlineMs: 10_000, everyMs: 20 }, async () => wire.full);
      await db1.kill();
      const link = scene.link('db2');
      await link.stopReceiving(call());
      await link.applyLog(log(db1), call(15_000));
      await db1.restart();
      await expectSame();
    });

    it('puts back what a controller that died within it had put down', async () => {
      const before = await server('db2').query(durability);
      await stopReceiver();
      await server('db1').query(insert('tail'));
      await server('db1').kill();
      const dying = scene.link('db2');
      const stuck = Promise.withResolvers<void>();
      async function* endless(): AsyncGenerator<string> {
        yield '# nothing yet\n';
        await stuck.promise;
      }
      const applying = failure(dying.applyLog(endless(), call(20_000)));
      const lowered = async (): Promise<boolean> =>
        (await server('db2').query(durability))[0]?.log !== before[0]?.log;
      await expect.poll(lowered, { timeout: 10_000 }).toBe(true);
      // Its connections end as with a process; what it would still do it cannot.
      const link = scene.link('db2');
      await link.applyLog(log(server('db1')), call(20_000));
      expect(await server('db2').query(durability)).toEqual(before);
      stuck.resolve();
      await applying;
      expect(await server('db2').query(durability)).toEqual(before);
      expect(await scene.has('db2', 'tail')).toBe(true);
    });
  });
}
