/** The agent as its packaged unit runs it, beside a database server that systemd starts and restarts. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { systemClock } from '../../src/control/system-clock.ts';
import { makeAuthority } from '../../src/hosts/certificates/authority.ts';
import { writeCredentials } from '../../src/hosts/certificates/files.ts';
import { type AgentClient, hostAgent } from '../../src/hosts/client/host-agent.ts';
import { dauphin } from '../kit/accounts.ts';
import { awaitMark } from '../kit/await-mark.ts';
import { call } from '../kit/call.ts';
import { type Cluster, startCluster } from '../kit/cluster.ts';
import { until } from '../kit/deadline.ts';
import { createWorkFolder } from '../kit/folder.ts';
import { freePort } from '../kit/ports.ts';
import { SqlClient } from '../kit/sql.ts';
import { type Systemd, startSystemd, systemdUnavailable } from '../kit/systemd.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const packaged = (name: string): Promise<string> =>
  readFile(new URL(`../../packaging/${name}`, import.meta.url), 'utf8');

const unavailable = systemdUnavailable();
const deadlineMs = 30_000;
const unit = 'dauphin-test-db.service';

test.skipIf(!existsSync('/usr/bin/systemd-analyze'))(
  'systemd understands every line of the packaged units',
  async () => {
    await using folder = await createWorkFolder('units');
    const program = '/opt/dauphin/bin/dauphin';
    const agentUnit = (await packaged('dauphin-agent.service')).replace(program, process.execPath);
    await writeFile(folder.file('dauphin-agent.service'), agentUnit);
    for (const engine of ['mariadb', 'mysql']) {
      const server = `[Service]\nExecStart=${process.execPath}\n`;
      const dropIn = await packaged(`${engine}.service.d/dauphin.conf`);
      await writeFile(folder.file(`${engine}.service`), `${dropIn}\n${server}`);
    }
    // What it does not know it tells, with status 0.
    const units = ['dauphin-agent', 'mariadb', 'mysql'].map((name) => folder.file(`${name}.service`));
    const { stderr } = await run('systemd-analyze', ['verify', '--man=no', ...units], {
      timeout: deadlineMs,
    });
    expect(stderr.split('\n').filter((line) => line.includes(folder.path))).toEqual([]);
  },
);

describe.skipIf(unavailable !== undefined)(`under systemd ${unavailable ?? ''}`, () => {
  let cluster: Cluster;
  let systemd: Systemd;
  let agent: AgentClient;
  let folder: string;
  const resources = new AsyncDisposableStack();

  beforeAll(async () => {
    cluster = resources.use(await startCluster({ engine: 'mariadb', replicas: 0, firstHost: 176 }));
    await cluster.primary.stop();
    const { primary } = cluster;
    const { host } = primary.address;
    folder = `${primary.folder}-agent`;
    const address = { host, port: await freePort(host) };
    await mkdir(`${folder}/conf.d`, { recursive: true });
    await writeFile(`${folder}/my.cnf`, `!includedir ${folder}/conf.d\n`);
    const server = {
      engine: 'mariadb',
      dataFolder: `${primary.folder}/data`,
      socket: primary.socket,
      readOnlyFile: `${folder}/conf.d/zz-dauphin.cnf`,
      supervise: { kind: 'systemd', unit },
    };
    const listen = `${address.host}:${address.port}`;
    await writeFile(`${folder}/agent.yaml`, stringify({ listen, dataDir: 'data', server }));
    const authority = await makeAuthority(Date.now());
    await writeCredentials(
      `${folder}/data`,
      await authority.identity({ role: 'agent', hosts: [host] }, Date.now()),
    );
    const own = await authority.identity({ role: 'controller', hosts: [] }, Date.now());
    systemd = resources.use(
      await startSystemd(folder, {
        'dauphin-agent.service': await packaged('dauphin-agent.service'),
        'dauphin-agent.service.d/here.conf': here(),
        [`${unit}.d/dauphin.conf`]: await packaged('mariadb.service.d/dauphin.conf'),
        [unit]: databaseUnit(),
      }),
    );
    agent = hostAgent(address, () => own, systemClock);
    resources.defer(() => agent.close());
    await systemd.systemctl('start', unit);
  });
  afterAll(async () => {
    await resources.disposeAsync();
  });

  /** Where the tests' own things lie. */
  const here = (): string => `[Service]
ExecStart=
ExecStart=${process.execPath} ${MAIN} agent --config ${folder}/agent.yaml
ReadWritePaths=${folder}
`;

  /** Restarted after every end, as a fence has it hardest. */
  const databaseUnit = (): string => {
    const { command, args } = cluster.primary.startCommand;
    const own = args.filter((word) => word !== '--pdeathsig' && word !== 'KILL');
    const words = own.map((word) => (word === '--no-defaults' ? `--defaults-file=${folder}/my.cnf` : word));
    return `[Service]\nExecStart=${['/usr/bin/env', command, ...words].join(' ')}\nRestart=always\nRestartSec=100ms\n`;
  };

  const awaitServer = (state: 'answers' | 'gone'): Promise<unknown> =>
    until(`the server: ${state}`, { deadlineMs, everyMs: 50 }, async () => {
      return (await agent.state(call()).catch(() => undefined))?.server === state;
    });

  const shown = async (property: string, of = unit): Promise<string> =>
    (await systemd.systemctl('show', '--value', '-p', property, of)).trim();

  /** The fence itself does not wait for it. */
  const awaitHeld = (): Promise<unknown> =>
    until('systemd to know of the fence', { deadlineMs }, async () => {
      const known = (await shown('DropInPaths')).includes('zz-dauphin-fence.conf');
      // Before it has stopped the unit too, a start waits for what becomes of that.
      return known && ['inactive', 'failed'].includes(await shown('ActiveState'));
    });

  async function readOnly(): Promise<string | null | undefined> {
    const { address, engine } = cluster.primary;
    const client = await SqlClient.open({ address, engine, account: dauphin }, 10_000);
    try {
      return (await client.query('select @@global.read_only as ro', 5000))[0]?.ro;
    } finally {
      client.close();
    }
  }

  test('the server’s own unit starts the agent first', async () => {
    await awaitServer('answers');
    expect(await shown('ActiveState', 'dauphin-agent.service')).toBe('active');
    expect(await readOnly()).toBe('0');
  });

  test('a fence keeps systemd and people from starting it, over a restart of the agent', async () => {
    expect(await agent.fence(call())).toEqual({ how: 'killed' });
    await awaitHeld();
    await expect(systemd.systemctl('start', unit)).rejects.toThrow(/[Aa]ssertion failed/);
    await awaitMark(`${folder}/data`, { fenced: true });
    await systemd.systemctl('restart', 'dauphin-agent.service');
    await awaitServer('gone');
    expect(await agent.state(call())).toMatchObject({ fenced: true, startsReadOnly: true });
  });

  test('it comes back read-only, or as before', async () => {
    await agent.unfence({ start: 'read-only' }, call(deadlineMs));
    await awaitServer('answers');
    expect(await shown('DropInPaths')).not.toContain('fence');
    expect(await readOnly()).toBe('1');
    await agent.fence(call());
    await agent.unfence({ start: 'as-before' }, call(deadlineMs));
    await awaitServer('answers');
    expect(await readOnly()).toBe('0');
  });

  test('an agent that dies is started again by systemd, and the server goes on', async () => {
    const before = await shown('MainPID');
    const old = await shown('MainPID', 'dauphin-agent.service');
    await systemd.systemctl('kill', '-s', 'KILL', 'dauphin-agent.service');
    await until('another agent', { deadlineMs }, async () => {
      const now = await shown('MainPID', 'dauphin-agent.service');
      return now !== '0' && now !== old;
    });
    await awaitServer('answers');
    expect(await shown('MainPID')).toBe(before);
  });

  test('a unit that an administrator has written is kept down as well', async () => {
    await systemd.run('cp', `/run/dauphin/units/${unit}`, '/etc/systemd/system/');
    await systemd.systemctl('daemon-reload');
    expect(await agent.fence(call())).toEqual({ how: 'killed' });
    await awaitHeld();
    await expect(systemd.systemctl('start', unit)).rejects.toThrow(/[Aa]ssertion failed/);
    await awaitServer('gone');
    await agent.unfence({ start: 'as-before' }, call(deadlineMs));
    await awaitServer('answers');
    expect(await shown('FragmentPath')).toBe(`/etc/systemd/system/${unit}`);
  });
});
