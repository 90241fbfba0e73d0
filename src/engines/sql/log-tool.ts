/** Runs the engine's own log reader. What it prints is passed on; what it says on standard error is kept for judging. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Fault } from '../../contract/errors.ts';

/** Enough to tell what is wrong. */
const longestComplaint = 4000;

export interface LogToolEnd {
  readonly status: number | null;
  /** The lines of standard error. */
  readonly complaints: readonly string[];
}

export interface LogToolRun {
  /** A character is a byte: logs hold text of any character set. Ending the loop early ends the program. */
  readonly output: AsyncIterable<string>;
  /** Settles after `output` has ended. */
  readonly ended: Promise<LogToolEnd>;
}

/** Throws `salvage-impossible` when the program cannot be started, the signal's reason when that is aborted. */
export function runLogTool(tool: string, args: readonly string[], signal?: AbortSignal): LogToolRun {
  const ended = Promise.withResolvers<LogToolEnd>();
  // Whoever stops reading does not look at it.
  ended.promise.catch(() => undefined);
  return { output: read(tool, args, signal, ended), ended: ended.promise };
}

async function* read(
  tool: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
  ended: PromiseWithResolvers<LogToolEnd>,
): AsyncGenerator<string> {
  signal?.throwIfAborted();
  // Its own settings files may hold options that change what it prints.
  const child = spawn(tool, ['--no-defaults', ...args], {
    // It prints the times of events in its own time zone.
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  const closed = once(child, 'close');
  // It fails while the output is still being read, when the program cannot be started.
  closed.catch(() => undefined);
  let complaint = '';
  child.stderr.setEncoding('latin1').on('data', (chunk: string) => {
    if (complaint.length < longestComplaint) complaint += chunk;
  });
  try {
    yield* child.stdout.setEncoding('latin1') as AsyncIterable<string>;
    const [status] = (await closed) as [number | null];
    signal?.throwIfAborted();
    ended.resolve({ status, complaints: complaint.split('\n').filter((line) => line.trim() !== '') });
  } catch (thrown) {
    const reason: unknown = signal?.aborted ? signal.reason : notStarted(tool, thrown);
    ended.reject(reason);
    throw reason;
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

function notStarted(tool: string, thrown: unknown): Fault {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault('salvage-impossible', `the log reader ${tool} does not run: ${why}`, { cause: thrown });
}
