/** The kit itself: what the other tests stand on. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { app, boss } from '../kit/accounts.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { SOON, until } from '../kit/deadline.ts';
import { isAlive } from '../kit/folder.ts';
import { startHaproxy } from '../kit/haproxy.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { SqlClient, serverErrorNumber } from '../kit/sql.ts';
import { longestPause, switchesOf } from '../kit/switches.ts';
import { verifyWrites } from '../kit/verify-writes.ts';
import { startWriter, type Writer } from '../kit/writer.ts';

const OPTION_PREVENTS_STATEMENT = 1290;
const rate = 300;
/** So long that a busy machine is not taken for a hung server. */
const statementMs = 15_000;

/** The cruder half of a hand-over: enough for a client to notice. */
async function handOver(cluster: Cluster, to: DatabaseServer): Promise<void> {
  const { primary } = cluster;
  const readOnly = cluster.engine === 'mariadb' ? 'read_only' : 'super_read_only';
  await primary.query(`set global ${readOnly}=1`);
  await cluster.caughtUp();
  await to.query(
    cluster.engine === 'mariadb'
      ? 'stop slave; reset slave all; set global read_only=0'
      : 'stop replica; reset replica all; set global read_only=0',
  );
}

/** The server's error number; 0 when it took the write. */
async function insertAs(account: typeof app, server: DatabaseServer): Promise<number> {
  const client = await SqlClient.open({ engine: server.engine, address: server.address, account }, 5000);
  try {
    await client.query("insert into app.writes (id, at) values ('by hand', now(6))");
    return 0;
  } catch (thrown) {
    const number = serverErrorNumber(thrown);
    if (number === 0) throw thrown;
    return number;
  } finally {
    client.close();
  }
}

/** It is ready before its connections are. */
const writesSome = (writer: Writer) =>
  until('some writes', SOON, async () => (await writer.stats()).acknowledged > 0);

const writesOn = (writer: Writer, name: string) =>
  until(`writes on ${name}`, SOON, async () => (await writer.stats()).server === name);

async function expectGone(cluster: Cluster, otherPids: readonly number[]): Promise<void> {
  const pids = [...cluster.servers.map((server) => server.pid), ...otherPids];
  await cluster[Symbol.asyncDispose]();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(cluster.folder)).toBe(false);
}

describe('switches', () => {
  const ack = (server: string, ackedAt: number) => ({
    id: String(ackedAt),
    server,
    sentAt: ackedAt - 1,
    ackedAt,
  });

  test('are seen where the server changes, whatever order the answers came in', () => {
    const records = [ack('a', 1000), ack('b', 9000), ack('a', 4000), ack('b', 9500)];
    expect(switchesOf(records)).toEqual([
      { from: 'a', to: 'b', lastAckOnOld: 4000, firstAckOnNew: 9000, pauseMs: 5 },
    ]);
    expect(longestPause(records)).toEqual({ from: 4000, to: 9000, ms: 5 });
  });

  test('go to and fro when two servers take writes at once', () => {
    expect(switchesOf([ack('a', 1), ack('b', 2), ack('a', 3)])).toHaveLength(2);
  });
});

describe('a MariaDB cluster', () => {
  test('loses no write of a client behind HAProxy, and leaves nothing behind', async () => {
    const cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    await using _cluster = cluster;
    const haproxy = await startHaproxy({ folder: cluster.folder, target: cluster.primary.address });
    await using _haproxy = haproxy;
    const { folder, servers } = cluster;
    const startedAt = performance.now();
    const writer = await startWriter({ folder, servers, proxy: haproxy.address, rate, statementMs });
    await using _writer = writer;

    await writesSome(writer);
    await sleep(500);
    const mark = await writer.mark('half way');
    await sleep(500);
    await until('more writes', SOON, async () => (await writer.stats()).acknowledged > mark.acknowledged);
    const report = await writer.stop();
    const seconds = (performance.now() - startedAt) / 1000;
    await cluster.caughtUp();

    expect(report.marks).toEqual([mark]);
    expect(mark.acknowledged).toBeGreaterThan(0);
    expect(report.ids.length).toBeGreaterThan(mark.acknowledged);
    expect(report.ids.length).toBeLessThanOrEqual(rate * seconds + writer.connections);
    expect(report.clientErrors).toBe(0);
    expect(report.switches).toEqual([]);
    expect(new Set(report.records.map((record) => record.server))).toEqual(new Set(['db1']));
    for (const server of cluster.servers) {
      expect(await verifyWrites(report.ids, server)).toEqual({
        acknowledged: report.ids.length,
        lost: [],
        duplicated: [],
      });
    }

    await haproxy.stop();
    await expectGone(cluster, [haproxy.pid, writer.pid]);
  });

  test('is followed by a client through a hand-over', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    const { folder, servers } = cluster;
    await using writer = await startWriter({ folder, servers, rate, statementMs });
    const db2 = cluster.server('db2');

    await writesSome(writer);
    await handOver(cluster, db2);
    await writesOn(writer, 'db2');
    const report = await writer.stop();

    expect(report.switches).toMatchObject([{ from: 'db1', to: 'db2' }]);
    expect(report.switches[0]?.pauseMs).toBeLessThan(10_000);
    expect(report.stats.unknown).toBe(0);
    expect(await verifyWrites(report.ids, db2)).toMatchObject({ lost: [], duplicated: [] });
  });

  test('is followed by a client behind HAProxy when the route is moved', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 1 });
    const { folder, servers } = cluster;
    const db2 = cluster.server('db2');
    await using haproxy = await startHaproxy({ folder, target: cluster.primary.address });
    await using writer = await startWriter({ folder, servers, proxy: haproxy.address, rate, statementMs });
    const slot = `${haproxy.name}/${haproxy.slot}`;

    await writesSome(writer);
    await handOver(cluster, db2);
    await haproxy.command(`set server ${slot} addr ${db2.address.host} port ${db2.address.port}`);
    await haproxy.command(`shutdown sessions server ${slot}`);
    await writesOn(writer, 'db2');
    const report = await writer.stop();

    expect(report.switches).toMatchObject([{ from: 'db1', to: 'db2' }]);
    expect(await verifyWrites(report.ids, db2)).toMatchObject({ lost: [], duplicated: [] });
  });

  test('tells lost and duplicated writes', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 0 });
    await cluster.primary.query(
      "insert into app.writes (id, at) values ('a', now()), ('b', now()), ('b', now())",
    );
    expect(await verifyWrites(['a', 'b', 'c'], cluster.primary)).toEqual({
      acknowledged: 3,
      lost: ['c'],
      duplicated: ['b'],
    });
  });

  test('has replicas that stop the application, but not a privileged session', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 1 });
    const db2 = cluster.server('db2');
    expect(await insertAs(app, db2)).toBe(OPTION_PREVENTS_STATEMENT);
    expect(await insertAs(boss, db2)).toBe(0);
  });

  test('survives the death and the return of a server', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 1, durable: true });
    const { primary } = cluster;
    const before = primary.pid;
    await primary.kill();
    expect(primary.running).toBe(false);
    await primary.restart(['--read-only=1']);
    expect(primary.pid).not.toBe(before);
    expect(await primary.query('select @@read_only as ro, @@sync_binlog as sync')).toEqual([
      { ro: '1', sync: '1' },
    ]);
    await primary.query("insert into app.writes (id, at) values ('after', now(6))");
    await cluster.caughtUp();
  });

  test('has a server that can hang and go on', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 0 });
    await cluster.primary.pause();
    await expect(cluster.primary.query('select 1', 300)).rejects.toThrow('not within 300 ms');
    cluster.primary.resume();
    expect(await cluster.primary.query('select 1 as one')).toEqual([{ one: '1' }]);
  });

  test.each(['chain', 'co-primary'] as const)('can be a %s', async (shape) => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2, shape });
    await cluster.primary.query("insert into app.writes (id, at) values ('x', now(6))");
    await cluster.caughtUp();
    expect(await verifyWrites(['x'], cluster.server('db3'))).toMatchObject({ lost: [] });
    const sources = await Promise.all(
      cluster.servers.map(async (server) => (await server.query('show all slaves status'))[0]?.Master_Port),
    );
    const [db1, db2] = cluster.servers.map((server) => String(server.address.port));
    expect(sources).toEqual(shape === 'chain' ? [undefined, db1, db2] : [db2, db1, db1]);
  });

  test('does not start, and says why, when a server refuses its arguments', async () => {
    await expect(
      startCluster({ engine: 'mariadb', replicas: 0, serverArgs: ['--no-such-option'] }),
    ).rejects.toThrow(/db1 ended while it was starting[\s\S]*no-such-option/);
  });
});

describe('a MySQL cluster', () => {
  test('loses no write of a client that follows a hand-over, and leaves nothing behind', async (context) => {
    const unavailable = mysqlUnavailable();
    if (unavailable !== undefined) return context.skip(unavailable);
    const cluster = await startCluster({ engine: 'mysql', replicas: 1 });
    await using _cluster = cluster;
    const { folder, servers } = cluster;
    const db2 = cluster.server('db2');
    expect(await insertAs(boss, db2)).toBe(OPTION_PREVENTS_STATEMENT);
    const writer = await startWriter({ folder, servers, rate, statementMs });
    await using _writer = writer;

    await writesSome(writer);
    await handOver(cluster, db2);
    await writesOn(writer, 'db2');
    const report = await writer.stop();

    expect(report.switches).toMatchObject([{ from: 'db1', to: 'db2' }]);
    expect(report.ids.length).toBeGreaterThan(0);
    expect(await verifyWrites(report.ids, db2)).toMatchObject({ lost: [], duplicated: [] });
    await expectGone(cluster, [writer.pid]);
  });
});
