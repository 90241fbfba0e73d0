/** Runs a program to its end within a deadline; its words are in the error when it fails. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

export interface RunOptions {
  readonly deadlineMs: number;
  readonly as?: ServerUser;
  readonly cwd?: string;
}

export async function runProgram(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const user = options.as?.switchTo;
  try {
    const { stdout } = await run(command, args, {
      timeout: options.deadlineMs,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    return stdout;
  } catch (thrown) {
    const words =
      thrown instanceof Error && 'stderr' in thrown ? String(thrown.stderr).trim().slice(-2000) : '';
    throw new Error(`${command} failed: ${words || String(thrown)}`, { cause: thrown });
  }
}
