/** How the server is started, and kept from starting by others than the agent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';

export interface StartCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Gets what the server prints; appended to. */
  readonly output?: string;
}

export interface Supervision {
  /** Beyond what the agent does itself, which ends each process that appears. */
  hold(call: Call): Promise<void>;
  release(call: Call): Promise<void>;
  /** Returns when the server is being started; throws `config-invalid` where the agent is not told how. */
  start(extraArgs: readonly string[], call: Call): Promise<void>;
  readonly canStart: boolean;
  /** A start can be given arguments. */
  readonly takesArgs: boolean;
}

/** The server runs on when the agent ends. `settled`: what ended before is out of a start's way when it returns. */
export function byCommand(
  command: StartCommand | undefined,
  settled: (call: Call) => Promise<void>,
): Supervision {
  return {
    hold: async () => undefined,
    release: async () => undefined,
    canStart: command !== undefined,
    takesArgs: command !== undefined,
    start: async (extraArgs, call) => {
      if (command === undefined)
        throw new Fault('config-invalid', 'server.supervise: no start command is given');
      await settled(call);
      await launch(command, extraArgs);
    },
  };
}

async function launch({ command, args, output }: StartCommand, extraArgs: readonly string[]): Promise<void> {
  const log = output === undefined ? undefined : openSync(output, 'a', 0o600);
  try {
    const child: ChildProcess = spawn(command, [...args, ...extraArgs], {
      stdio: ['ignore', log ?? 'ignore', log ?? 'ignore'],
      detached: true,
    });
    await once(child, 'spawn');
    child.on('error', () => undefined);
    child.unref();
  } catch (thrown) {
    throw new Fault('config-invalid', `the server cannot be started: ${String(thrown)}`, { cause: thrown });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}
