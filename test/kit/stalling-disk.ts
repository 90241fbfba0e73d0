/**
 * A disk that stops taking writes: a file system of its own, in a file, under a server's data, that is frozen
 * (`fsfreeze`). Writes wait in the kernel, where no signal ends them; reads are answered.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, existsSync } from 'node:fs';
import type { DatabaseServer } from './database-server.ts';
import { within } from './deadline.ts';
import { runProgram } from './run-program.ts';

const TOOLS = ['/usr/sbin/fsfreeze', '/usr/sbin/mkfs.ext4', '/usr/bin/mount'];
const SIZE = '400M';
const COMMAND_MS = 20_000;

/** Why there can be none on this machine; undefined when there can. */
export function stallingDiskUnavailable(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount a file system and freeze it';
  const missing = TOOLS.find((tool) => !existsSync(tool));
  if (missing !== undefined) return `${missing} is not there`;
  try {
    accessSync('/dev/loop-control');
    return undefined;
  } catch {
    return 'there are no loop devices';
  }
}

const MOVE = `
  set -e
  truncate --size=${SIZE} "$0.img"
  mkfs.ext4 -q -F "$0.img"
  mv "$0" "$0.before"
  mkdir "$0"
  mount -o loop "$0.img" "$0"
  cp -a "$0.before/." "$0/"
  chown --reference="$0.before" "$0"`;

/**
 * Mounts (`$1`), says so, and thaws and unmounts when its input ends, so also when the mounting fails or the test's process
 * is killed meanwhile. A frozen file system that is left behind hangs whoever touches it.
 */
const GUARDIAN = `
  trap '' PIPE
  sh -c "$1" "$0" && { echo mounted; cat >/dev/null; }
  mountpoint -q "$0" || exit 0
  fsfreeze --unfreeze "$0" 2>/dev/null
  for try in $(seq 50); do umount "$0" 2>/dev/null && exit 0; sleep 0.1; done
  umount --lazy "$0"`;

export class StallingDisk implements AsyncDisposable {
  readonly #folder: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(folder: string, resources: AsyncDisposableStack) {
    this.#folder = folder;
    this.#resources = resources;
  }

  /** The server is restarted with its data on it; it is killed when the disk goes. */
  static async under(server: DatabaseServer): Promise<StallingDisk> {
    await using resources = new AsyncDisposableStack();
    await server.stop();
    const data = `${server.folder}/data`;
    const guardian = spawn('sh', ['-c', GUARDIAN, data, MOVE], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    resources.defer(() => leave(guardian));
    const mounted = Promise.race([
      once(guardian.stdout, 'data'),
      once(guardian, 'exit').then(() =>
        Promise.reject(new Error(`${data} could not be put on its own disk`)),
      ),
    ]);
    await within('the disk to be mounted', COMMAND_MS, mounted);
    resources.defer(() => server.kill());
    const disk = new StallingDisk(data, resources);
    // A process that waits for the disk ends once it may go on.
    resources.defer(() => disk.thaw().catch(() => undefined));
    await server.restart();
    return new StallingDisk(data, resources.move());
  }

  async stall(): Promise<void> {
    await runProgram('fsfreeze', ['--freeze', this.#folder], { deadlineMs: COMMAND_MS });
  }

  async thaw(): Promise<void> {
    await runProgram('fsfreeze', ['--unfreeze', this.#folder], { deadlineMs: COMMAND_MS });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

async function leave(guardian: ChildProcess): Promise<void> {
  if (guardian.exitCode !== null || guardian.signalCode !== null) return;
  const exited = once(guardian, 'exit');
  guardian.stdin?.end();
  await within('the disk to be unmounted', COMMAND_MS, exited);
}
