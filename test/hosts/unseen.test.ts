/** A server whose process the agent does not see, as in a container or with the wrong data folder, is not gone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAgent } from '../kit/agent.ts';
import { call } from '../kit/call.ts';
import { startCluster } from '../kit/cluster.ts';
import { until } from '../kit/deadline.ts';
import { awaitServer } from './await-server.ts';

async function elsewhere() {
  const path = await mkdtemp(join(tmpdir(), 'elsewhere-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test('a server that answers and whose process is not to be seen answers, and no fence claims it', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 175 });
  await using folder = await elsewhere();
  const { primary } = cluster;
  await primary.stop();
  await using host = await startAgent(primary, { keys: { dataFolder: folder.path } });
  expect((await host.agent.state(call())).server).toBe('gone');
  await primary.restart();
  await awaitServer(() => host.agent.state(call()), { server: 'answers' });
  await expect(host.agent.fence(call())).rejects.toThrow('sees no process');
  expect(primary.running).toBe(true);
  // Whoever starts it again finds it fenced all the same.
  expect((await host.agent.state(call())).fenced).toBe(true);
  await primary.kill();
  await until('it is gone', { deadlineMs: 5000 }, async () => {
    return (await host.agent.state(call())).server === 'gone';
  });
  expect(await host.agent.fence(call())).toEqual({ how: 'was-gone' });
});

test('an agent does not start beside a server that answers and whose process it does not see', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 175 });
  await using folder = await elsewhere();
  const started = startAgent(cluster.primary, { keys: { dataFolder: folder.path } });
  await expect(started).rejects.toThrow('sees no process');
});
