/** The kit's part in a primary's death: a client that finds the next one, wires that can be cut, survivors compared. */
import { createServer, connect as dial } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startCluster } from '../kit/cluster.ts';
import { until, within } from '../kit/deadline.ts';
import { clock } from '../kit/machine-clock.ts';
import { freePort, loopbackHost } from '../kit/ports.ts';
import { startRelay } from '../kit/relay.ts';
import { startReplicating, stopReplicating } from '../kit/replication.ts';
import { enableSemiSync } from '../kit/semi-sync.ts';
import { holdingOf, sameHolding } from '../kit/survivors.ts';
import { verifyWrites } from '../kit/verify-writes.ts';
import { startWriter } from '../kit/writer.ts';

const SOON = { deadlineMs: 10_000, everyMs: 10 };

describe('a client whose primary is killed', () => {
  test('writes on where writes are taken, and sends nothing twice', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    const { folder, servers, primary } = cluster;
    const db2 = cluster.server('db2');
    await using writer = await startWriter({ folder, servers, rate: 200 });
    await until('some writes', SOON, async () => (await writer.stats()).acknowledged > 50);

    await primary.kill();
    await db2.query('stop slave');
    const openedAt = clock.nowUs();
    await db2.query('set global read_only=0');
    await until('writes on db2', SOON, async () => (await writer.stats()).server === 'db2');
    const report = await writer.stop();

    expect(report.switches).toMatchObject([{ from: 'db1', to: 'db2' }]);
    const foundAfterMs = ((report.switches[0]?.firstAckOnNew ?? 0) - openedAt) / 1000;
    expect(foundAfterMs).toBeLessThan(2000);
    expect(new Set(report.ids).size).toBe(report.ids.length);
    expect((await verifyWrites(report.ids, db2)).duplicated).toEqual([]);
  });
});

describe('replicas', () => {
  test('are told apart by what they hold, and equal again when they have caught up', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 2 });
    const [, db2, db3] = cluster.servers;
    if (db2 === undefined || db3 === undefined) throw new Error('three servers');
    const holdings = () => Promise.all(cluster.servers.map((server) => holdingOf(server)));
    await stopReplicating(db2, 'receiver');
    await cluster.primary.query("insert into app.writes (id, at) values ('a', now(6))");
    await until('db3 to have it', SOON, async () => (await holdingOf(db3)).rows === 1);
    expect(sameHolding(await holdings())).toBe(false);
    await startReplicating(db2, 'receiver');
    await cluster.caughtUp();
    expect(sameHolding(await holdings())).toBe(true);
    await db3.query("update app.writes set id='b'");
    expect(sameHolding(await holdings()), 'as many rows, with something else in them').toBe(false);
  });

  test('acknowledge before a commit ends, once they are told to', async () => {
    await using cluster = await startCluster({ engine: 'mariadb', replicas: 1 });
    await enableSemiSync(cluster);
    const db2 = cluster.server('db2');
    await stopReplicating(db2, 'receiver');
    const insert = "insert into app.writes (id, at) values ('a', now(6))";
    await expect(cluster.primary.query(insert, 500)).rejects.toThrow('not within 500 ms');
  });
});

describe('a relay', () => {
  test('passes what comes, until it is cut, and again when it is mended', async () => {
    await using echo = await startEcho();
    await using relay = await startRelay(echo.address);
    expect(await ask(relay.address, 'one')).toBe('one');

    await relay.cut('silent');
    expect(await ask(relay.address, 'two')).toBe('no answer');
    await relay.mend();
    expect(await ask(relay.address, 'three')).toBe('three');

    await relay.cut('refused');
    expect(await ask(relay.address, 'four')).toBe('ECONNREFUSED');
    await relay.mend();
    expect(await ask(relay.address, 'five')).toBe('five');
  });

  test.each([
    ['silent', 'no answer'],
    ['refused', 'ended'],
  ] as const)('cut %s, leaves an open connection with %s', async (kind, heard) => {
    await using echo = await startEcho();
    await using relay = await startRelay(echo.address);
    const socket = dial({ ...relay.address });
    socket.on('error', () => undefined);
    try {
      expect(await say(socket, 'one')).toBe('one');
      await relay.cut(kind);
      expect(await say(socket, 'two')).toBe(heard);
    } finally {
      socket.destroy();
    }
  });
});

const QUIET_MS = 300;

async function ask(address: { readonly host: string; readonly port: number }, word: string): Promise<string> {
  const socket = dial(address);
  try {
    return await say(socket, word);
  } finally {
    socket.destroy();
  }
}

/** What is heard in return: the word, an error's code, or nothing for a while. */
async function say(socket: ReturnType<typeof dial>, word: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once('data', (data) => resolve(data.toString()));
  socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  socket.once('close', () => resolve('ended'));
  socket.write(word);
  return within('an answer', QUIET_MS, promise).catch(() => 'no answer');
}

async function startEcho() {
  const host = loopbackHost(0);
  const address = { host, port: await freePort(host) };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(address, resolve));
  return {
    address,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
