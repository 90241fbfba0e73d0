/**
 * A systemd of the test's own: process 1 of its own process, mount and cgroup namespaces, on the machine's network and
 * files but for `/run` and `/etc/systemd/system`. It knows the test's units and none of the machine's, which would set up
 * the machine a second time (`systemd-tmpfiles` empties /tmp). It ends, with all that it has started, when its first
 * process does.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, rmdirSync } from 'node:fs';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { childCommand } from './child.ts';
import { until } from './deadline.ts';
import { isAlive } from './folder.ts';
import { runProgram } from './run-program.ts';

const SYSTEMD = '/lib/systemd/systemd';
/** Version 2, alone or beside version 1. */
const roots = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'];
const prefix = 'dauphin-systemd';
const READY_MS = 20_000;

/** Why there can be none here; undefined when there can, as far as can be seen. */
export function systemdUnavailable(): string | undefined {
  if (process.getuid?.() !== 0) return 'a systemd of its own needs root';
  if (!existsSync(SYSTEMD)) return 'systemd is not installed';
  const root = groupRoot();
  if (root === undefined) return 'there are no cgroups of version 2';
  const probe = `${root}/${prefix}-${process.pid}-probe`;
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    const spaces = ['--fork', '--pid', '--mount', '--uts', '--ipc', '--cgroup', '--mount-proc'];
    execFileSync('unshare', [...spaces, 'mount', '-t', 'tmpfs', 'none', '/run'], {
      stdio: 'pipe',
      timeout: READY_MS,
    });
    return undefined;
  } catch (thrown) {
    return `no systemd of its own here: ${String(thrown)}`;
  }
}

const groupRoot = (): string | undefined =>
  roots.find((root) => existsSync(`${root}/cgroup.procs`) && existsSync(`${root}/cgroup.subtree_control`));

/** What every unit is after, and what the packaged ones name. */
const stubs = [
  'sysinit.target',
  'basic.target',
  'shutdown.target',
  'multi-user.target',
  'network-online.target',
  'dauphin-test.target',
];

/** `$1`: the units' folder; it lies where packages put theirs, behind what is administered and what is masked. */
const inside = `
set -e
mount --make-rprivate /
umount -R -l /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs none /etc/systemd/system
mount -t tmpfs -o mode=755 none /run
mkdir -p /run/lock /run/systemd/system /run/dauphin/units /run/dauphin/generators
mount --bind "$1" /run/dauphin/units
export container=docker
export SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/system:/run/dauphin/units
export SYSTEMD_GENERATOR_PATH=/run/dauphin/generators
exec ${SYSTEMD} --system --unit=dauphin-test.target --log-target=console --show-status=no
`;

export class Systemd implements AsyncDisposable {
  readonly #pid: number;
  readonly #ended: Promise<unknown>;
  readonly #group: string;

  constructor(pid: number, ended: Promise<unknown>, group: string) {
    this.#pid = pid;
    this.#ended = ended;
    this.#group = group;
  }

  /** Runs a program where the units run. */
  run(command: string, ...args: readonly string[]): Promise<string> {
    return runProgram('nsenter', ['-t', String(this.#pid), '-a', '--', command, ...args], {
      deadlineMs: 20_000,
    });
  }

  systemctl(...args: readonly string[]): Promise<string> {
    return this.run('systemctl', ...args);
  }

  /** Its first process takes all others with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (isAlive(this.#pid)) process.kill(this.#pid, 'SIGKILL');
    await this.#ended;
    await removeGroup(this.#group);
  }
}

/** `folder`: an existing one; `units`: text by file name, which may lie in a folder of its own. */
export async function startSystemd(
  folder: string,
  units: Readonly<Record<string, string>>,
): Promise<Systemd> {
  const place = `${folder}/units`;
  const stubbed = stubs.map((name) => [name, '[Unit]\nDefaultDependencies=no\n'] as const);
  for (const [name, text] of [...stubbed, ...Object.entries(units)]) {
    const file = `${place}/${name}`;
    await mkdir(file.slice(0, file.lastIndexOf('/')), { recursive: true });
    await writeFile(file, text);
  }
  const root = groupRoot() ?? '';
  await removeGroupsOfDead(root);
  const group = `${root}/${prefix}-${process.pid}`;
  await mkdir(group, { recursive: true });
  const { command, args } = childCommand({
    command: 'sh',
    args: [
      '-c',
      'echo $$ >"$1/cgroup.procs"; shift; exec unshare --fork --kill-child --pid --mount --uts --ipc --cgroup --mount-proc bash -c "$@"',
      'sh',
      group,
      inside,
      'bash',
      place,
    ],
  });
  const log = openSync(`${folder}/systemd.log`, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = once(child, 'exit');
  try {
    const pid = await until('systemd to be there', { deadlineMs: READY_MS }, async () => {
      if (child.exitCode !== null) throw new Error(`unshare ended with status ${child.exitCode}`);
      const found = await runProgram('pgrep', ['-P', String(child.pid), '-x', 'systemd'], {
        deadlineMs: READY_MS,
      }).catch(() => '');
      return Number(found.trim()) || undefined;
    });
    const systemd = new Systemd(pid, ended, group);
    await until('systemd to answer', { deadlineMs: READY_MS }, async () => {
      const state = await systemd.systemctl('is-system-running').catch(() => '');
      return state.trim() === 'running';
    });
    return systemd;
  } catch (thrown) {
    child.kill('SIGKILL');
    await ended;
    await removeGroup(group);
    throw thrown;
  }
}

/** A run that was killed has left its own; its processes went with it (`--pdeathsig`). */
async function removeGroupsOfDead(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = Number(new RegExp(`^${prefix}-(\\d+)`).exec(name)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    for (const folder of await groupsIn(`${root}/${name}`)) await rmdir(folder).catch(() => undefined);
  }
}

/** Groups within it first; one that still has a process on its way out takes a moment. */
async function removeGroup(group: string): Promise<void> {
  await until(`${group} to be empty`, { deadlineMs: READY_MS }, async () => {
    const folders = await groupsIn(group);
    await Promise.all(folders.map((folder) => rmdir(folder).catch(() => undefined)));
    return !existsSync(group);
  });
}

async function groupsIn(group: string): Promise<readonly string[]> {
  const entries = await readdir(group, { recursive: true, withFileTypes: true }).catch(() => []);
  const inner = entries
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => `${parentPath}/${name}`);
  return [...inner.sort((a, b) => b.length - a.length), group];
}
