/** The log of a dead server, read by its agent with the engine's own tool. */
import { copyFile, open, rm, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { position } from '../../src/core/positions.ts';
import { startAgent } from '../kit/agent.ts';
import { call } from '../kit/call.ts';
import { startCluster } from '../kit/cluster.ts';
import { createWorkFolder } from '../kit/folder.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { startEncryptedMysql } from '../kit/mysql-keyring.ts';
import { loopbackHost } from '../kit/ports.ts';
import { TailScene } from './tail-scene.ts';

describe.each<SqlEngineKind>(['mariadb', 'mysql'])('%s', (engine) => {
  const each = { skip: engine === 'mysql' && mysqlUnavailable() !== undefined };

  test('the tail is what the replica lacks, and replayed it makes the rows equal', each, async () => {
    await using scene = await TailScene.start(engine, { firstHost: 180 });
    const after = await scene.stopReceiving();
    await scene.insert('tail', 5);
    await scene.primary.query('CREATE TABLE app.made (id INT PRIMARY KEY); DROP TABLE app.made');
    await scene.primary.query(
      'START TRANSACTION; UPDATE app.t SET v = CONCAT(v, "!") WHERE id > 2; DELETE FROM app.t WHERE id = 1; COMMIT',
    );
    await scene.primary.query('FLUSH BINARY LOGS');
    await scene.insert('rotated', 2);
    const end = await scene.positionOf(scene.primary);
    const rows = await scene.rowsOf(scene.primary);
    await scene.primary.kill();

    const tail = await scene.host.agent.readTail({ after }, call());
    const lacking = scene.positions.missing(end, after);
    expect(tail).toMatchObject({ transactions: 10, names: lacking.text, truncated: false });
    expect(lacking.count).toBe(10);
    expect(scene.positions.compare(tail.upTo, end)).toBe('equal');
    await scene.replay(tail);
    expect(await scene.rowsOf(scene.replica)).toEqual(rows);
    expect(scene.positions.compare(await scene.positionOf(scene.replica), end)).toBe('equal');

    const nothing = await scene.host.agent.readTail({ after: end }, call());
    expect(nothing).toMatchObject({ transactions: 0, names: '', upTo: end, bytes: 0, truncated: false });
  });

  test('a transaction that is cut off is left out; what is whole before it is not', each, async () => {
    await using scene = await TailScene.start(engine, { firstHost: 180 });
    const after = await scene.stopReceiving();
    await scene.insert('tail', 3);
    const end = await scene.positionOf(scene.primary);
    const rows = await scene.rowsOf(scene.primary);
    await scene.primary.kill();
    await scene.cutLog(1, 20);
    const tail = await scene.host.agent.readTail({ after }, call());
    expect(tail).toMatchObject({ transactions: 2, truncated: true });
    expect(scene.positions.missing(end, tail.upTo).count).toBe(1);
    await scene.replay(tail);
    expect(await scene.rowsOf(scene.replica)).toEqual(rows.slice(0, -1));
    // Whole events are missing now, so that no event is cut off: the last one left is a row, not a commit.
    await scene.cutLog(1, 11);
    expect(await scene.host.agent.readTail({ after }, call())).toMatchObject({
      transactions: 2,
      truncated: true,
    });
  });

  test(
    'a purged log, a damaged one, none, and a running server are refused in clear words',
    each,
    async () => {
      await using scene = await TailScene.start(engine, { firstHost: 180 });
      const after = await scene.stopReceiving();
      const running = scene.host.agent.readTail({ after }, call());
      await expect(running).rejects.toMatchObject({
        code: 'salvage-impossible',
        message: expect.stringMatching(/server is still there/) as unknown,
      });
      await scene.insert('tail', 3);
      await scene.primary.query('FLUSH BINARY LOGS');
      await scene.insert('more', 3);
      await scene.primary.kill();
      const whole = `${scene.primary.folder}/whole`;
      await copyFile(scene.logFile(1), whole);

      await overwrite(scene.logFile(1), 200);
      const damaged = scene.host.agent.readTail({ after }, call());
      await expect(damaged).rejects.toMatchObject({
        code: 'salvage-impossible',
        message: expect.stringMatching(/cannot read the log/) as unknown,
      });
      await copyFile(whole, scene.logFile(1));
      expect((await scene.host.agent.readTail({ after }, call())).transactions).toBe(6);

      const nonsense = scene.host.agent.readTail({ after: position('nonsense') }, call());
      await expect(nonsense).rejects.toMatchObject({ code: 'bad-request' });

      const index = `${scene.primary.folder}/data/bin.index`;
      await writeFile(index, './bin.000002\n');
      const purged = scene.host.agent.readTail({ after }, call());
      await expect(purged).rejects.toMatchObject({
        code: 'salvage-impossible',
        message: expect.stringMatching(/purged too far/) as unknown,
      });
      await rm(index);
      const none = scene.host.agent.readTail({ after }, call());
      await expect(none).rejects.toMatchObject({
        code: 'salvage-impossible',
        message: expect.stringMatching(/has no log/) as unknown,
      });
    },
  );
});

test('an encrypted log is refused in clear words', async () => {
  await using folder = await createWorkFolder('keys');
  const keys = folder.file('keys');
  await writeFile(keys, `1;${'0123456789abcdef'.repeat(4)}\n`, { mode: 0o644 });
  await using cluster = await startCluster({
    engine: 'mariadb',
    replicas: 0,
    firstHost: 184,
    serverArgs: [
      '--plugin-load-add=file_key_management',
      `--file-key-management-filename=${keys}`,
      '--encrypt-binlog=1',
    ],
  });
  await using host = await startAgent(cluster.primary);
  await cluster.primary.kill();
  const tail = host.agent.readTail({ after: position('') }, call());
  await expect(tail).rejects.toMatchObject({
    code: 'salvage-impossible',
    message: expect.stringMatching(/the log is encrypted, and only/) as unknown,
  });
});

test('MySQL’s encrypted log, too', { skip: mysqlUnavailable() !== undefined }, async () => {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await createWorkFolder('encrypted')).path;
  const server = { folder, name: 'db1', host: loopbackHost(186), serverId: 1 };
  const primary = await startEncryptedMysql(server, resources);
  const [mode] = await primary.query('select @@global.binlog_encryption as mode');
  expect(mode?.mode).toBe('1');
  await primary.query('create database app; create table app.t (id int primary key)');
  const host = resources.use(await startAgent(primary));
  await primary.kill();
  for (const after of [position(''), position('00000000-0000-0000-0000-000000000001:1')]) {
    const tail = host.agent.readTail({ after }, call());
    await expect(tail).rejects.toMatchObject({
      code: 'salvage-impossible',
      message: expect.stringMatching(/the log is encrypted, and only/) as unknown,
    });
    const surplus = host.agent.readSurplus({ after, form: 'readable' }, call());
    await expect(surplus).rejects.toMatchObject({
      code: 'salvage-impossible',
      message: expect.stringMatching(/the log is encrypted, and only/) as unknown,
    });
  }
});

test('a missing log reader is told, and the agent goes on', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 185 });
  await using host = await startAgent(cluster.primary, { keys: { logTool: '/nowhere/mariadb-binlog' } });
  await cluster.primary.kill();
  const tail = host.agent.readTail({ after: position('') }, call());
  await expect(tail).rejects.toMatchObject({
    code: 'salvage-impossible',
    message: expect.stringMatching(/does not run/) as unknown,
  });
  expect((await host.agent.state(call())).server).toBe('gone');
});

/** Turns bytes in the middle of a file over. */
async function overwrite(file: string, before: number): Promise<void> {
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.from('damaged!'), 0, 8, size - before);
  await handle.close();
}
