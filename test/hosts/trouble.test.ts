/** What an agent says of a server that is there and does not speak, and of a disk that does not take a write. */
import { execFile } from 'node:child_process';
import { open, rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAgent } from '../kit/agent.ts';
import { awaitMark } from '../kit/await-mark.ts';
import { call } from '../kit/call.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { until } from '../kit/deadline.ts';
import { StallingDisk, stallingDiskUnavailable } from '../kit/stalling-disk.ts';

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

const noStall = stallingDiskUnavailable();

test.skipIf(noStall !== undefined)(
  `a write that hangs is told each time, and holds up neither the fence nor the agent${noStall ? ` (${noStall})` : ''}`,
  async () => {
    await using own = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 188 });
    const { primary } = own;
    await using disk = await StallingDisk.under(primary);
    await using host = await startAgent(primary);
    // The agent ends no sooner than its own write.
    await using thawed = new AsyncDisposableStack();
    thawed.defer(() => disk.thaw().catch(() => undefined));
    await disk.stall();
    await until('the disk to be stuck', { deadlineMs: 10_000 }, async () => {
      return (await host.agent.state(call())).disk === 'stuck';
    });
    const looks = await Promise.all(Array.from({ length: manyLooks }, () => host.agent.state(call())));
    expect(looks.map(({ disk: seen }) => seen)).toEqual(looks.map(() => 'stuck'));
    expect(looks.map(({ server }) => server)).toEqual(looks.map(() => 'answers'));
    expect(await host.agent.fence(call())).toEqual({ how: 'killed' });
    // On record, which takes a thread that no probe holds.
    await awaitMark(host.dataDir, { fenced: true });
    await disk.thaw();
    await until('the disk to take writes again', { deadlineMs: 10_000 }, async () => {
      return (await host.agent.state(call())).disk === 'writes';
    });
  },
);

test('a disk that does not take the fence down holds up neither what lifts it nor the next fence', async () => {
  const { primary } = cluster;
  await using host = await startAgent(primary);
  const draft = `${host.dataDir}/fence.json.new`;
  const pipe = `${host.dataDir}/pipe`;
  await run('mkfifo', [draft]);
  try {
    expect(await host.agent.fence(call())).toHaveProperty('how');
    await expect(host.agent.unfence({ start: 'no' }, call(500))).rejects.toThrow(tooLate);
    expect(await host.agent.fence(call())).toEqual({ how: 'was-gone' });
    expect((await host.agent.state(call())).fenced).toBe(true);
  } finally {
    // What waits for the pipe is let go, and what comes next finds none: from here on the draft is the agent's own.
    await rename(draft, pipe);
    await (await open(pipe, 'r')).close();
  }
  await awaitMark(host.dataDir, { fenced: true });
  await host.agent.unfence({ start: 'no' }, call());
  await awaitMark(host.dataDir, { fenced: false });
});

test('a fence whose turn comes when its caller has given up is written down all the same', async () => {
  const { primary } = cluster;
  await primary.kill();
  const start = { command: '/bin/true' };
  const supervise = { kind: 'pid-file', pidFile: `${primary.folder}/my.pid`, start };
  await using host = await startAgent(primary, { keys: { supervise } });
  await host.agent.fence(call());
  // Two connections: what is asked beside the lift must not use up its time with opening one.
  await Promise.all([host.agent.state(call()), host.agent.state(call())]);
  // The server that it is to start never comes.
  const lifted = host.agent.unfence({ start: 'as-before' }, call(5000));
  lifted.catch(() => undefined);
  await awaitMark(host.dataDir, { fenced: false });
  await expect(host.agent.fence(call(1500))).rejects.toThrow(tooLate);
  await expect(lifted).rejects.toThrow(tooLate);
  await awaitMark(host.dataDir, { fenced: true });
});

const tooLate = 'no answer within';
