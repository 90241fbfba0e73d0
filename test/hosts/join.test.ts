/** An agent joins a real controller with a token, over the command line as an operator does it. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { systemClock } from '../../src/control/system-clock.ts';
import { renew } from '../../src/hosts/agent/join.ts';
import { openOrMakeAuthority, readCredentials } from '../../src/hosts/certificates/files.ts';
import { hostAgent } from '../../src/hosts/client/host-agent.ts';
import { Child } from '../kit/child.ts';
import { startCluster } from '../kit/cluster.ts';
import { startControllerProcess } from '../kit/controller-process.ts';
import { until } from '../kit/deadline.ts';
import { freePort } from '../kit/ports.ts';
import { call } from './call.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

test('an agent joins with a token, once, answers its controller and renews its certificate', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 195 });
  const { primary, folder } = cluster;
  await using controller = await startControllerProcess({
    folder: `${folder}/controller`,
    clusters: [{ name: 'orders', cluster }],
  });
  const { host } = primary.address;
  const address = { host, port: await freePort(host) };
  const config = `${folder}/agent.yaml`;
  await writeFile(
    config,
    stringify({
      listen: `${address.host}:${address.port}`,
      dataDir: 'agent-data',
      server: {
        engine: 'mariadb',
        dataFolder: `${primary.folder}/data`,
        socket: primary.socket,
        supervise: { kind: 'pid-file', pidFile: `${primary.folder}/my.pid` },
      },
    }),
  );
  const cli = ['--url', controller.url, '--token-file', controller.tokenFile];
  const server = `${host}:${address.port}`;
  const printed = await run(process.execPath, [MAIN, 'agent-token', '--server', server, ...cli], {
    timeout: 20_000,
  });
  const tokenFile = `${folder}/join-token`;
  await writeFile(tokenFile, printed.stdout);

  const args = [MAIN, 'agent', '--config', config, '--join', controller.url, '--token-file', tokenFile];
  const logFile = `${folder}/agent.log`;
  await using agent = await Child.start({ name: 'agent', command: process.execPath, args, logFile });
  const authority = await openOrMakeAuthority(`${folder}/controller/data`, Date.now());
  const credentials = await authority.identity({ role: 'controller', hosts: [] }, Date.now());
  const client = hostAgent(address, () => credentials, systemClock);
  await until('the agent to answer', { deadlineMs: 20_000 }, async () => {
    if (agent.exit !== undefined) throw new Error(`the agent ended: ${await agent.logTail()}`);
    return (await client.state(call()).catch(() => undefined))?.server === 'answers';
  });
  await client.close();

  const joined = await readCredentials(`${folder}/agent-data`);
  if (joined === undefined) throw new Error('no certificate was kept');
  const fresh = await renew({ url: controller.url, clock: systemClock }, joined, call());
  expect(fresh.certificate).not.toBe(joined.certificate);
  expect((await agent.stop()).code).toBe(0);

  const again = run(process.execPath, args, { timeout: 20_000 });
  const told = await again.then(
    () => '',
    (thrown: { stderr?: string }) => thrown.stderr ?? '',
  );
  expect(told).toMatch(/join token is unknown, used/);
});
