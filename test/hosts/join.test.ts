/** An agent joins a real controller with a token, over the command line as an operator does it. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { systemClock } from '../../src/control/system-clock.ts';
import { type Address, formatAddress } from '../../src/core/identity.ts';
import { renew } from '../../src/hosts/agent/join.ts';
import { openOrMakeAuthority, readCredentials } from '../../src/hosts/certificates/files.ts';
import { hostAgent } from '../../src/hosts/client/host-agent.ts';
import { call } from '../kit/call.ts';
import { Child } from '../kit/child.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { type ControllerProcess, startControllerProcess } from '../kit/controller-process.ts';
import { until } from '../kit/deadline.ts';
import { freePort } from '../kit/ports.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

interface JoinScene {
  readonly cluster: Cluster;
  readonly folder: string;
  readonly config: string;
  readonly address: Address;
}

/** A server, and the configuration of an agent beside it that has not joined yet. */
async function joinScene(cluster: Cluster): Promise<JoinScene> {
  const { primary, folder } = cluster;
  const { host } = primary.address;
  const address = { host, port: await freePort(host) };
  const config = `${folder}/agent.yaml`;
  const text = stringify({
    listen: formatAddress(address),
    dataDir: 'agent-data',
    server: {
      engine: 'mariadb',
      dataFolder: `${primary.folder}/data`,
      socket: primary.socket,
      supervise: { kind: 'pid-file', pidFile: `${primary.folder}/my.pid` },
    },
  });
  await writeFile(config, text);
  return { cluster, folder, config, address };
}

const startController = ({ cluster, folder }: JoinScene): Promise<ControllerProcess> =>
  startControllerProcess({ folder: `${folder}/controller`, clusters: [{ name: 'orders', cluster }] });

async function dauphin(controller: ControllerProcess, ...args: readonly string[]): Promise<string> {
  const cli = ['--url', controller.url, '--token-file', controller.tokenFile];
  return (await run(process.execPath, [MAIN, ...args, ...cli], { timeout: 20_000 })).stdout;
}

async function newToken(controller: ControllerProcess, { address, folder }: JoinScene): Promise<string> {
  const tokenFile = `${folder}/join-token`;
  await writeFile(tokenFile, await dauphin(controller, 'agent-token', '--server', formatAddress(address)));
  return tokenFile;
}

const joining = ({ config }: JoinScene, { url }: ControllerProcess, tokenFile: string): readonly string[] => [
  MAIN,
  ...['agent', '--config', config, '--join', url, '--token-file', tokenFile],
];

/** Asked as a controller of the same authority asks. */
async function awaitAnswer(agent: Child, { folder, address }: JoinScene): Promise<void> {
  const authority = await openOrMakeAuthority(`${folder}/controller/data`, Date.now());
  const credentials = await authority.identity({ role: 'controller', hosts: [] }, Date.now());
  const client = hostAgent(address, () => credentials, systemClock);
  await until('the agent to answer', { deadlineMs: 20_000 }, async () => {
    if (agent.exit !== undefined) throw new Error(`the agent ended: ${await agent.logTail()}`);
    return (await client.state(call()).catch(() => undefined))?.server === 'answers';
  });
  await client.close();
}

const startJoining = (scene: JoinScene, args: readonly string[]): Promise<Child> =>
  Child.start({ name: 'agent', command: process.execPath, args, logFile: `${scene.folder}/agent.log` });

test('an agent joins with a token, once, answers its controller and renews its certificate', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 195 });
  const scene = await joinScene(cluster);
  await using controller = await startController(scene);
  const args = joining(scene, controller, await newToken(controller, scene));
  await using agent = await startJoining(scene, args);
  await awaitAnswer(agent, scene);

  const joined = await readCredentials(`${scene.folder}/agent-data`);
  if (joined === undefined) throw new Error('no certificate was kept');
  const fresh = await renew({ url: controller.url, clock: systemClock }, joined, call());
  expect(fresh.certificate).not.toBe(joined.certificate);
  expect((await agent.stop()).code).toBe(0);

  const again = run(process.execPath, [...args], { timeout: 20_000 });
  const told = await again.then(
    () => '',
    (thrown: { stderr?: string }) => thrown.stderr ?? '',
  );
  expect(told).toMatch(/join token is unknown, used/);
});

test('a token outlives a restart of the controller; what was revoked is not renewed, and joins anew', async () => {
  await using cluster = await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 196 });
  const scene = await joinScene(cluster);
  const { host } = scene.address;
  const first = await startController(scene);
  const tokenFile = await newToken(first, scene);
  expect((await first.stop()).code).toBe(0);

  await using controller = await startController(scene);
  expect(await dauphin(controller, 'agent-token', '--list')).toMatch(new RegExp(`^${host} +waits`, 'm'));
  {
    await using agent = await startJoining(scene, joining(scene, controller, tokenFile));
    await awaitAnswer(agent, scene);
  }
  expect(await dauphin(controller, 'agent-token', '--list')).not.toMatch(/waits/);

  // This controller’s configuration has no agent.
  expect(await dauphin(controller, 'agent-revoke', `${host}:7433`)).toMatch(
    new RegExp(`^${host}: revoked, but no agent of that host is configured`),
  );
  expect(await dauphin(controller, 'agent-token', '--list')).toMatch(new RegExp(`^${host} +revoked`, 'm'));
  const joined = await readCredentials(`${scene.folder}/agent-data`);
  if (joined === undefined) throw new Error('no certificate was kept');
  const renewed = renew({ url: controller.url, clock: systemClock }, joined, call());
  await expect(renewed).rejects.toMatchObject({
    code: 'unauthorized',
    message: expect.stringMatching(/revoked/) as unknown,
  });

  const again = joining(scene, controller, await newToken(controller, scene));
  await using agent = await startJoining(scene, again);
  await awaitAnswer(agent, scene);
}, 120_000);
