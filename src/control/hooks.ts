/**
 * Runs a program that people have set before or after a switchover or failover, or to fence a dead primary; tells it what is about to happen or has
 * happened, and lets it say no. Which hooks run when, and what a no means, is the plan's.
 */
import { Fault } from '../contract/errors.ts';
import type { Call, Clock } from '../core/clock.ts';
import { DeadlineExceeded, withDeadline } from '../core/deadline.ts';
import type { OperationStatus } from '../core/operation.ts';
import type { Target } from '../core/plan.ts';
import type { HookSettings } from '../core/policy.ts';
import { type HookEnding, HookProcess } from './hook-process.ts';

export interface HookInput {
  readonly operation: string;
  readonly cluster: string;
  readonly moment: 'before' | 'after' | 'fence';
  readonly oldPrimary: Target;
  readonly newPrimary: Target;
  /** After the switchover only. */
  readonly status?: OperationStatus;
  /** The frozen position, once there is one. */
  readonly position?: string;
}

/**
 * The program is run as it is, without a shell, with PATH and HOME and nothing else of the controller's
 * environment: that holds passwords. Status 0 is a yes.
 */
export async function runHook(hook: HookSettings, input: HookInput, call: Call, clock: Clock): Promise<void> {
  call.signal.throwIfAborted();
  const name = hook.command.join(' ');
  const deadlineMs = Math.min(hook.timeoutMs, call.deadlineMs);
  const program = { command: hook.command, environment: environmentOf(input), input: documentOf(input) };
  const running = new HookProcess(program, clock);
  const ending = await withDeadline(clock, { ...call, deadlineMs }, name, () => running.ended).catch(
    async (thrown: unknown) => {
      await running.endGroup();
      throw call.signal.aborted ? thrown : asHookFault(name, thrown);
    },
  );
  if (ending.status !== 0) throw vetoed(name, ending);
}

function asHookFault(name: string, cause: unknown): Fault {
  if (cause instanceof DeadlineExceeded) {
    const message = `hook ${name} did not end within ${cause.deadlineMs} ms and was killed`;
    return new Fault('hook-timed-out', message, {
      cause,
      details: { hook: name, timeoutMs: cause.deadlineMs },
    });
  }
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const why =
    code === 'ENOENT' ? 'there is no such program' : cause instanceof Error ? cause.message : String(cause);
  return new Fault('hook-vetoed', `hook ${name} could not be started: ${why}`, {
    cause,
    details: { hook: name },
  });
}

function vetoed(name: string, ending: HookEnding): Fault {
  const how = ending.status === null ? `was ended by ${ending.signal}` : `ended with status ${ending.status}`;
  const said = ending.stderr || ending.stdout;
  return new Fault('hook-vetoed', `hook ${name} ${how}${said === '' ? '' : `: ${said}`}`, {
    details: { hook: name, ...ending },
  });
}

function documentOf(input: HookInput): string {
  const server = ({ id, name, address }: Target) => ({ id, name, ...address });
  return JSON.stringify({
    ...input,
    oldPrimary: server(input.oldPrimary),
    newPrimary: server(input.newPrimary),
  });
}

function environmentOf(input: HookInput): Readonly<Record<string, string>> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: process.env.HOME ?? '/',
    DAUPHIN_OPERATION: input.operation,
    DAUPHIN_CLUSTER: input.cluster,
    DAUPHIN_MOMENT: input.moment,
    ...serverVariables('DAUPHIN_OLD_PRIMARY', input.oldPrimary),
    ...serverVariables('DAUPHIN_NEW_PRIMARY', input.newPrimary),
    ...(input.status === undefined ? {} : { DAUPHIN_STATUS: input.status }),
    ...(fits(input.position) ? { DAUPHIN_POSITION: input.position } : {}),
  };
}

/** Linux refuses to start a program with a variable over 128 kB (MAX_ARG_STRLEN); a GTID set can be as long. */
function fits(position: string | undefined): position is string {
  return position !== undefined && position.length < 100_000;
}

function serverVariables(prefix: string, server: Target): Readonly<Record<string, string>> {
  return {
    [prefix]: server.name,
    [`${prefix}_HOST`]: server.address.host,
    [`${prefix}_PORT`]: String(server.address.port),
  };
}
