/** Runs one of the host's own programs for the agent, and gives what it printed. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';

const run = promisify(execFile);

/** Throws `config-invalid` with the program's own words: what the agent may not do is for a person to change. */
export async function runTool(
  program: string,
  args: readonly string[],
  { signal, deadlineMs }: Call,
): Promise<string> {
  try {
    const limits = { signal, timeout: Math.ceil(deadlineMs), killSignal: 'SIGKILL' } as const;
    return (await run(program, args, limits)).stdout;
  } catch (thrown) {
    signal.throwIfAborted();
    throw new Fault('config-invalid', `${program} ${args.join(' ')}: ${wordsOf(thrown)}`, { cause: thrown });
  }
}

function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const said = 'stderr' in thrown ? String(thrown.stderr).trim() : '';
  return said === '' ? thrown.message : said;
}
