/**
 * A hook's program as a process group of its own, so that it can be ended with all that it has started. It knows
 * nothing of switchovers and judges no status.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';

export interface HookEnding {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 2 kB of each. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface HookProgram {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
}

const TAIL_BYTES = 2048;
/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 500;
/** What the kernel may take to end a killed program; one that hangs in a dead file system takes for ever. */
const KILL_MS = 1000;
const LOOK_MS = 10;
/** For output that is still in the pipe when the program has ended; its children may keep the pipe open. */
const DRAIN_MS = 100;

export class HookProcess {
  /** Rejects when the program cannot be started. */
  readonly ended: Promise<HookEnding>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;

  constructor({ command, environment, input }: HookProgram, clock: Clock) {
    const [program = '', ...args] = command;
    this.#clock = clock;
    const child = spawn(program, args, { env: environment, detached: true, stdio: 'pipe' });
    this.#child = child;
    // A program need not read what it is told: EPIPE is its right.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    this.ended = this.#watch(tailOf(child.stdout), tailOf(child.stderr));
    this.ended.catch(() => undefined);
  }

  /**
   * Ends the program with all that it started within its group. Where nobody reaps orphans (a container without
   * an init), the dead count as a group still; hence the wait after SIGKILL is for the program alone.
   */
  async endGroup(): Promise<void> {
    if (!this.#signalGroup('SIGTERM')) return;
    await this.#await(GRACE_MS, () => !this.#signalGroup(0));
    if (!this.#signalGroup('SIGKILL')) return;
    await this.#await(KILL_MS, () => this.#child.exitCode !== null || this.#child.signalCode !== null);
  }

  async #watch(stdout: () => string, stderr: () => string): Promise<HookEnding> {
    const child = this.#child;
    const closed = once(child, 'close').catch(() => undefined);
    const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    const drained = new AbortController();
    await Promise.race([closed, this.#clock.sleep(DRAIN_MS, drained.signal).catch(() => undefined)]);
    drained.abort();
    child.stdout?.destroy();
    child.stderr?.destroy();
    return { status, signal, stdout: stdout(), stderr: stderr() };
  }

  async #await(withinMs: number, isTrue: () => boolean): Promise<void> {
    const began = this.#clock.monotonic();
    while (!isTrue() && this.#clock.monotonic() - began < withinMs) {
      await this.#clock.sleep(LOOK_MS);
    }
  }

  /** False when there is nobody left to take the signal. */
  #signalGroup(signal: NodeJS.Signals | 0): boolean {
    if (this.#child.pid === undefined) return false;
    try {
      return process.kill(-this.#child.pid, signal);
    } catch {
      return false;
    }
  }
}

function tailOf(stream: Readable): () => string {
  let tail = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
  });
  stream.on('error', () => undefined);
  return () => tail.toString().trim();
}
