/** A process of a test: plain child, output in a file, ended by its own id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { until, within } from './deadline.ts';
import { addLiving, removeLiving } from './living-children.ts';

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Gets what the process writes; appended to. */
  readonly logFile: string;
  /** Runs as this user and its group; only root can. */
  readonly asUser?: string;
  /** Runs in this network namespace (`ip netns`); only root can. */
  readonly namespace?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Opens a message channel (`process.send`). */
  readonly ipc?: boolean;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StopOptions {
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
}

/** What the kernel takes to end a killed process, with room for a busy disk. */
const KILL_MS = 10_000;

export class Child implements AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly process: ChildProcess;
  readonly exited: Promise<ChildExit>;
  readonly #logFile: string;
  #exit: ChildExit | undefined;

  private constructor(options: ChildOptions, child: ChildProcess, pid: number) {
    this.name = options.name;
    this.pid = pid;
    this.process = child;
    this.#logFile = options.logFile;
    addLiving(pid);
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        removeLiving(pid);
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  static async start(options: ChildOptions): Promise<Child> {
    const log = openSync(options.logFile, 'a');
    try {
      const { command, args } = childCommand(options);
      const child = spawn(command, args, {
        stdio: options.ipc === true ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
        // Ctrl-C at a terminal goes to the whole process group; it is the owner who decides when a child ends.
        detached: true,
        ...(options.env === undefined ? {} : { env: options.env }),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      });
      await once(child, 'spawn');
      if (child.pid === undefined) throw new Error(`${options.name}: no process id`);
      return new Child(options, child, child.pid);
    } finally {
      closeSync(log);
    }
  }

  /** How it ended; undefined while it runs. */
  get exit(): ChildExit | undefined {
    return this.#exit;
  }

  awaitExit(deadlineMs: number): Promise<ChildExit> {
    return within(`${this.name} (pid ${this.pid}) to end`, deadlineMs, this.exited);
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (this.#exit === undefined) this.process.kill(signal);
  }

  /**
   * Answers nothing, keeps its connections: what a hung machine looks like. Returns when every thread has stopped;
   * on a busy machine that takes tens of milliseconds, in which it still answers.
   */
  async pause(): Promise<void> {
    this.kill('SIGSTOP');
    await until(`${this.name} to have stopped`, { deadlineMs: KILL_MS, everyMs: 2 }, async () => {
      const tasks = `/proc/${this.pid}/task`;
      const ids = await readdir(tasks).catch(() => []);
      const states = await Promise.all(
        ids.map((id) => readFile(`${tasks}/${id}/stat`, 'utf8').catch(() => ') T ')),
      );
      return states.every((stat) => stat.includes(') T '));
    });
  }

  resume(): void {
    this.kill('SIGCONT');
  }

  async stop({ graceMs = 10_000 }: StopOptions = {}): Promise<ChildExit> {
    // A stopped process does not see SIGTERM before it is continued.
    this.resume();
    this.kill('SIGTERM');
    try {
      return await this.awaitExit(graceMs);
    } catch {
      this.kill('SIGKILL');
      return await this.awaitExit(KILL_MS);
    }
  }

  /** The end of what it wrote, for error messages. */
  async logTail(lines = 15): Promise<string> {
    return tailOf(this.#logFile, lines);
  }

  /** What it holds is thrown away with its folder, so it is not given time to put it in order. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.awaitExit(KILL_MS);
  }
}

export async function tailOf(file: string, lines: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

type Program = Pick<ChildOptions, 'command' | 'args' | 'asUser' | 'namespace'>;

/** The kernel ends the child when its parent is killed so hard that it cannot do so itself. */
export function childCommand(program: Program): {
  readonly command: string;
  readonly args: readonly string[];
} {
  const { command, args, namespace } = program;
  const bound = ['setpriv', '--pdeathsig', 'KILL', ...asUser(program.asUser), command, ...args];
  const [first = '', ...rest] =
    namespace === undefined ? bound : ['nsenter', `--net=/run/netns/${namespace}`, ...bound];
  return { command: first, args: rest };
}

function asUser(user: string | undefined): readonly string[] {
  return user === undefined ? [] : ['--reuid', user, '--regid', user, '--init-groups'];
}
