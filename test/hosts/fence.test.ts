/** The agent sees and fences real servers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { operationId } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { OrderStamp } from '../../src/core/order-stamp.ts';
import { dauphin } from '../kit/accounts.ts';
import { startAgent } from '../kit/agent.ts';
import { awaitMark } from '../kit/await-mark.ts';
import { call } from '../kit/call.ts';
import { startCluster } from '../kit/cluster.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { until } from '../kit/deadline.ts';
import { isAlive } from '../kit/folder.ts';
import { mysqlUnavailable } from '../kit/mysql.ts';
import { SqlClient } from '../kit/sql.ts';
import { awaitServer } from './await-server.ts';

describe.each<SqlEngineKind>(['mariadb', 'mysql'])('%s', (engine) => {
  const unavailable = engine === 'mysql' ? mysqlUnavailable() : undefined;
  const each = { skip: unavailable !== undefined };

  test('the state of a server that answers, is stopped, and is gone', each, async () => {
    await using cluster = await startCluster({ engine, replicas: 0, firstHost: 170 });
    await using host = await startAgent(cluster.primary);
    const look = () => host.agent.state(call());
    const seen = await awaitServer(look, { server: 'answers', disk: 'writes' });
    expect(seen).toEqual({
      server: 'answers',
      disk: 'writes',
      fenced: false,
      startsReadOnly: false,
      canStartReadOnly: true,
      upMs: seen.upMs,
    });
    await cluster.primary.pause();
    expect((await host.agent.state(call())).server).toBe('frozen');
    cluster.primary.resume();
    await awaitServer(look, { server: 'answers' });
    await cluster.primary.kill();
    expect((await host.agent.state(call())).server).toBe('gone');
  });

  test('a fence that comes after its operation has lifted it leaves the server alone', each, async () => {
    await using cluster = await startCluster({ engine, replicas: 0, firstHost: 172 });
    await using host = await startAgent(cluster.primary);
    expect(await host.agent.fence(call(), stamp(7, 1))).toEqual({ how: 'killed' });
    expect(await host.agent.fence(call(), stamp(7, 1)), 'tried again').toEqual({ how: 'was-gone' });
    await host.agent.unfence({ start: 'read-only', order: stamp(7, 2) }, call());
    for (const late of [stamp(7, 1), stamp(3, 5)]) {
      await expect(host.agent.fence(call(), late)).rejects.toMatchObject({ code: 'refused' });
    }
    expect(await host.agent.state(call())).toMatchObject({ fenced: false });
    expect(await readOnlyOf(cluster.primary)).toBe('1');
    // By the next controller, which does the steps of the same operation again.
    expect(await host.agent.fence(call(), stamp(8, 1))).toEqual({ how: 'killed' });
  });

  test('what lifts a fence and comes after a later operation has fenced is refused', each, async () => {
    await using cluster = await startCluster({ engine, replicas: 0, firstHost: 173 });
    await using host = await startAgent(cluster.primary);
    expect(await host.agent.fence(call(), stamp(7, 1))).toEqual({ how: 'killed' });
    expect(await host.agent.fence(call(), stamp(8, 1))).toEqual({ how: 'was-gone' });
    const late = { start: 'as-before', order: stamp(7, 2) } as const;
    await expect(host.agent.unfence(late, call())).rejects.toMatchObject({ code: 'refused' });
    await awaitMark(host.dataDir, { fenced: true, lease: 8 });
    await host.restart();
    await expect(host.agent.unfence(late, call())).rejects.toMatchObject({ code: 'refused' });
    expect(await host.agent.state(call())).toMatchObject({ server: 'gone', fenced: true });
    await host.agent.unfence({ start: 'read-only', order: stamp(8, 2) }, call());
    expect(await readOnlyOf(cluster.primary)).toBe('1');
  });

  test(
    'a fence ends a running server, and a stopped one; it comes back read-only or as before',
    each,
    async () => {
      await using cluster = await startCluster({ engine, replicas: 0, firstHost: 171 });
      const { primary } = cluster;
      await using host = await startAgent(primary);
      const first = primary.pid;
      expect(await host.agent.fence(call())).toEqual({ how: 'killed' });
      expect(await processOf(first)).toBeUndefined();
      expect(await host.agent.state(call())).toMatchObject({
        server: 'gone',
        fenced: true,
        startsReadOnly: true,
      });
      expect(await host.agent.fence(call())).toEqual({ how: 'was-gone' });

      await host.agent.unfence({ start: 'read-only' }, call());
      expect(await readOnlyOf(cluster.primary)).toBe('1');
      const second = await nextPid(primary.folder, first);
      process.kill(second, 'SIGSTOP');
      await until('the server to be seen stopped', { deadlineMs: 5000 }, async () => {
        return (await host.agent.state(call())).server === 'frozen';
      });
      expect(await host.agent.fence(call())).toEqual({ how: 'killed' });
      expect(await processOf(second)).toBeUndefined();

      await host.agent.unfence({ start: 'as-before' }, call());
      expect(await readOnlyOf(cluster.primary)).toBe('0');
      const seen = await awaitServer(() => host.agent.state(call()), { server: 'answers' });
      expect(seen).toMatchObject({ server: 'answers', fenced: false, startsReadOnly: false });
    },
  );

  test(
    'a fenced server that somebody starts is ended again, also after a restart of the agent',
    each,
    async () => {
      await using cluster = await startCluster({ engine, replicas: 0, firstHost: 172 });
      const { primary } = cluster;
      await using host = await startAgent(primary);
      await primary.kill();
      expect(await host.agent.fence(call())).toEqual({ how: 'was-gone' });
      expect(await startedByHand(primary.startCommand)).toBe('SIGKILL');
      await awaitMark(host.dataDir, { fenced: true });
      await host.restart();
      expect((await host.agent.state(call())).fenced).toBe(true);
      expect(await startedByHand(primary.startCommand)).toBe('SIGKILL');
      expect((await host.agent.state(call())).server).toBe('gone');
      await host.agent.unfence({ start: 'no' }, call());
      expect(await host.agent.state(call())).toMatchObject({
        server: 'gone',
        fenced: false,
        startsReadOnly: true,
      });
    },
  );
});

test('a fence ends each process of the server, and answers when all of them have ended', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 174 });
  const { primary } = cluster;
  // A start by mistake; the pid file tells of it, so it is the one that is found first.
  const program = `${primary.folder}/mysqld`;
  await copyFile('/bin/sleep', program);
  const second = spawn(program, ['600'], { cwd: `${primary.folder}/data`, stdio: 'ignore' });
  try {
    await once(second, 'spawn');
    const pid = second.pid ?? 0;
    const pidFile = `${primary.folder}/second.pid`;
    await writeFile(pidFile, `${pid}\n`);
    await using host = await startAgent(primary, { keys: { supervise: { kind: 'pid-file', pidFile } } });
    const first = primary.pid;
    expect(await host.agent.fence(call())).toEqual({ how: 'killed' });
    expect(await processOf(first)).toBeUndefined();
    expect(await processOf(pid)).toBeUndefined();
  } finally {
    second.kill('SIGKILL');
  }
});

test('an agent that can neither start its server nor write its configuration says so', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 174 });
  await using host = await startAgent(cluster.primary, { mayStart: false });
  expect((await host.agent.state(call())).canStartReadOnly).toBe(false);
});

test('a piece of configuration makes the next start read-only, and goes with as-before', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 173 });
  const { primary } = cluster;
  const readOnlyFile = `${primary.folder}-fence.cnf`;
  await using host = await startAgent(primary, { keys: { readOnlyFile } });
  await host.agent.fence(call());
  const written = await until('the piece of configuration', { deadlineMs: 10_000 }, () =>
    readFile(readOnlyFile, 'utf8').catch(() => undefined),
  );
  expect(written).toBe('[mysqld]\nread_only=1\n');
  await host.agent.unfence({ start: 'as-before' }, call());
  await expect(readFile(readOnlyFile, 'utf8')).rejects.toThrow('ENOENT');
});

const stamp = (lease: number, order: number): OrderStamp => ({
  operation: operationId('op-a-1'),
  lease,
  order,
});

/** How it ended: the agent has 20 s for what takes it a few hundredths of one. */
async function startedByHand({ command, args }: { command: string; args: readonly string[] }) {
  const child = spawn(command, args, { stdio: 'ignore' });
  const limit = setTimeout(() => child.kill('SIGTERM'), 20_000);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(limit);
  return signal;
}

/** Not over the kit's own connection: the kit does not know of a server that the agent has started. */
async function readOnlyOf({ address, engine }: DatabaseServer) {
  return until('the server to answer', { deadlineMs: 20_000 }, async () => {
    const client = await SqlClient.open({ address, engine, account: dauphin }, 2000).catch(() => undefined);
    if (client === undefined) return undefined;
    try {
      return (await client.query('SELECT @@GLOBAL.read_only AS ro'))[0]?.ro ?? undefined;
    } finally {
      client.close();
    }
  });
}

/** Of the server that runs after this one, which has left its pid file behind. */
function nextPid(folder: string, last: number): Promise<number> {
  return until('the pid of the next server', { deadlineMs: 20_000 }, async () => {
    const pid = Number(await readFile(`${folder}/my.pid`, 'utf8').catch(() => ''));
    return pid > 1 && pid !== last && isAlive(pid) ? pid : undefined;
  });
}

/** Its state by the kernel's word; undefined when it is gone or only its parent has not noticed yet. */
async function processOf(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  const state = stat.slice(stat.lastIndexOf(')') + 2)[0];
  return state === 'Z' || state === 'X' ? undefined : state;
}
