/** The demo as somebody else's process: what it prints, how it ends, and what it leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { until, within } from '../kit/deadline.ts';
import { runsFolder } from '../kit/project.ts';

const PROGRAM = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));
/** Inherited by every process that the demo starts, and so on down. */
const MARK = 'DAUPHIN_DEMO_RUN';

export interface DemoEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class DemoRun implements AsyncDisposable {
  readonly #mark = randomBytes(8).toString('hex');
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  readonly #stderr: Promise<string>;
  #stdout = '';

  constructor(...args: readonly string[]) {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, [MARK]: this.#mark },
    });
    child.stdout.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
    this.#stderr = text(child.stderr);
    this.#exited = new Promise((resolve) => {
      child.once('close', (code) => resolve(code));
    });
    this.#child = child;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async printed(wanted: string, deadlineMs: number): Promise<void> {
    try {
      await until(`"${wanted}" to be printed`, { deadlineMs }, async () => this.#stdout.includes(wanted));
    } catch (thrown) {
      throw new Error(`${String(thrown)}; printed was:\n${this.#stdout}`, { cause: thrown });
    }
  }

  async ended(deadlineMs: number): Promise<DemoEnd> {
    const code = await within('the demo to end', deadlineMs, this.#exited);
    return { code, stdout: this.#stdout, stderr: await this.#stderr };
  }

  /** Command lines of processes that the demo, or one of its children, has started and that are alive. */
  async survivors(): Promise<readonly string[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const commands = await Promise.all(pids.map((pid) => this.#commandOfOurs(pid)));
    return commands.filter((command) => command !== undefined);
  }

  /** Folders of servers that the demo has made and not removed. */
  async leftovers(): Promise<readonly string[]> {
    const runs = await readdir(runsFolder).catch(() => []);
    return runs.filter((name) => this.#isOurs(name));
  }

  #isOurs(folder: string): boolean {
    return folder.includes(`-${this.#child.pid}-`);
  }

  async #commandOfOurs(pid: string): Promise<string | undefined> {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    // Redis writes its title over what it was given, and is known by where it works.
    const workFolder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    const ours = environment.includes(`${MARK}=${this.#mark}`) || this.#isOurs(workFolder);
    if (!ours) return undefined;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command === '' ? undefined : command.replaceAll('\0', ' ');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
