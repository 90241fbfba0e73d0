/** What an agent says of a server that is there and does not speak, and of a disk that does not take a write. */
import { execFile } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAgent } from '../kit/agent.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { until } from '../kit/deadline.ts';
import { call } from './call.ts';

const run = promisify(execFile);
/** More than the threads that Node has for files. */
const manyLooks = 6;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 186 });
});
afterAll(() => cluster[Symbol.asyncDispose]());

test('a server that runs and greets nobody is silent', async () => {
  const { primary } = cluster;
  const socket = `${primary.folder}/silent.sock`;
  const mute = createServer().listen(socket);
  try {
    await using host = await startAgent(primary, { keys: { socket } });
    expect((await host.agent.state(call())).server).toBe('silent');
  } finally {
    mute.close();
  }
});

test('a write that hangs is told each time, and holds up neither the fence nor the agent', async () => {
  const { primary } = cluster;
  const probe = `${primary.folder}/data/.dauphin-disk`;
  await rm(probe, { force: true });
  // Opening a pipe that nobody reads waits in the kernel, as a write to a dead disk does.
  await run('mkfifo', [probe]);
  await using host = await startAgent(primary);
  const looks = await Promise.all(Array.from({ length: manyLooks }, () => host.agent.state(call())));
  expect(looks.map(({ disk }) => disk)).toEqual(looks.map(() => 'stuck'));
  expect(looks.map(({ server }) => server)).toEqual(looks.map(() => 'answers'));
  expect(await host.agent.fence(call())).toEqual({ how: 'killed' });
  // On record, which takes a thread that no probe holds.
  expect(JSON.parse(await readFile(`${host.dataDir}/fence.json`, 'utf8'))).toMatchObject({ fenced: true });
  const reader = await open(probe, 'r');
  await rm(probe);
  await reader.close();
  await until('the disk to take writes again', { deadlineMs: 10_000 }, async () => {
    return (await host.agent.state(call())).disk === 'writes';
  });
});
