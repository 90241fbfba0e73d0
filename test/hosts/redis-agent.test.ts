/** The agent beside a real Redis server: it sees it, ends it, keeps it down, and starts it fenced. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { formatAddress } from '../../src/core/identity.ts';
import type { PolicyTraits } from '../../src/core/testing/test-policy.ts';
import { type AgentProcess, startAgent } from '../kit/agent.ts';
import { call } from '../kit/call.ts';
import { startControl } from '../kit/control.ts';
import type { DatabaseServer } from '../kit/database-server.ts';
import { SOON, until } from '../kit/deadline.ts';
import type { RedisServer } from '../kit/redis/redis-server.ts';
import { startRedisReplication } from '../kit/redis/replication.ts';
import { RespProber } from '../kit/redis/resp-prober.ts';
import { RespError } from '../kit/redis/resp-reply.ts';
import {
  expectFollowsRedis,
  expectOneWritable,
  expectSameData,
  replicationOf,
  told,
} from '../robustness/redis-scene.ts';
import { expectNeverTwo, RedisWriters, verifyKeys } from '../robustness/redis-writers.ts';
import { awaitServer } from './await-server.ts';

const config = ['pidfile redis.pid', 'enable-debug-command yes'];

/** What the kit's agent takes of a SQL server is in `keys` here: Redis has one folder, and is rung by TCP. */
function startRedisAgent(server: RedisServer): Promise<AgentProcess> {
  const { command, args } = server.startCommand;
  const start = { command, args, output: `${server.folder}-agent/server.log` };
  const keys = {
    engine: 'redis',
    socket: undefined,
    address: formatAddress(server.address),
    dataFolder: server.folder,
    supervise: { kind: 'pid-file', pidFile: `${server.folder}/redis.pid`, start },
  };
  return startAgent(server as unknown as DatabaseServer, { keys });
}

/** Not over the kit's connection, which may be to a process that is gone. */
async function ask(server: RedisServer, ...words: readonly string[]): Promise<unknown> {
  using prober = await RespProber.open(server.target, 2000);
  const reply = await prober.call(words, 2000);
  return reply instanceof RespError ? reply.message : reply;
}

const answered = (server: RedisServer): Promise<unknown> =>
  until('the server to answer', SOON, async () => ask(server, 'PING').catch(() => undefined));

test.each([[undefined], ['secret']])(
  'the state of a server that answers, hangs, and is gone (%s)',
  async (password) => {
    await using cluster = await startRedisReplication({
      replicas: 0,
      config,
      firstHost: 180,
      ...(password === undefined ? {} : { password }),
    });
    await using host = await startRedisAgent(cluster.primary);
    const look = () => host.agent.state(call());
    const seen = await awaitServer(look, { server: 'answers', disk: 'writes' });
    expect(seen).toMatchObject({ fenced: false, startsReadOnly: false, canStartReadOnly: true });
    await cluster.primary.pause();
    expect((await look()).server).toBe('frozen');
    cluster.primary.resume();
    await awaitServer(look, { server: 'answers' });
    await cluster.primary.kill();
    expect((await look()).server).toBe('gone');
  },
);

test('a fence ends it; it comes back fenced, or as before', async () => {
  await using cluster = await startRedisReplication({ replicas: 0, config, firstHost: 181 });
  const { primary } = cluster;
  await using host = await startRedisAgent(primary);
  expect(await host.agent.fence(call())).toEqual({ how: 'killed' });
  await until('the process to be gone', SOON, async () => !primary.running);
  expect(await host.agent.state(call())).toMatchObject({ server: 'gone', fenced: true });

  await host.agent.unfence({ start: 'read-only' }, call());
  await answered(primary);
  expect(await ask(primary, 'SET', 'a', '1')).toMatch(/^NOREPLICAS/);
  expect(await ask(primary, 'GET', 'a')).toBeNull();
  expect(await host.agent.fence(call())).toEqual({ how: 'killed' });

  await host.agent.unfence({ start: 'as-before' }, call());
  await answered(primary);
  expect(await ask(primary, 'SET', 'a', '1')).toBe('OK');
});

const automatic: PolicyTraits = {
  failover: { mode: 'automatic', rejoin: 'automatic', quietMs: 0, maxLoss: 'any' },
};

test.each(['hangs', 'dies'])(
  'a primary that %s is kept down, takes no write any more, and is taken back',
  async (how) => {
    await using cluster = await startRedisReplication({ replicas: 2, config, firstHost: 182 });
    await using hosts = new AsyncDisposableStack();
    const agents = new Map<string, AgentProcess>();
    for (const server of cluster.servers) agents.set(server.name, hosts.use(await startRedisAgent(server)));
    const settings = Object.fromEntries([...agents].map(([name, { address }]) => [name, { agent: address }]));
    await using control = await startControl(cluster, {
      policy: automatic,
      settings,
      parts: {
        agents: (address) => {
          const found = [...agents.values()].find(
            (each) => formatAddress(each.address) === formatAddress(address),
          );
          if (found === undefined) throw new Error(`no agent at ${formatAddress(address)}`);
          return found.agent;
        },
      },
    });
    await using writers = new RedisWriters(cluster.servers, 2);
    await sleep(500);
    const db1 = cluster.server('db1');
    await (how === 'hangs' ? db1.pause() : db1.kill());
    const taken = await control.firstEnded('failover', 20_000);
    expect(taken.status, told(taken)).toBe('succeeded');
    expect(taken.plan?.warnings.join()).not.toContain('nothing keeps');
    const name = taken.plan?.to.name ?? '';
    const back = await control.firstEnded('rejoin', 30_000);
    expect(back.status, told(back)).toBe('succeeded');
    await sleep(300);
    await writers.stop();
    await expectFollowsRedis(db1, cluster.server(name));
    expectNeverTwo(writers, ['db1', name]);
    const primary = cluster.server(name);
    const { lost, doubled } = await verifyKeys(writers, primary);
    expect(doubled).toEqual([]);
    expect(lost.length).toBeLessThanOrEqual(4);
    expect((await replicationOf(db1)).role).toBe('slave');
    expect(await ask(db1, 'CONFIG', 'GET', 'min-replicas-to-write')).toEqual(['min-replicas-to-write', '0']);
    await expectOneWritable(cluster, name);
    await expectSameData(cluster.servers);
  },
);
