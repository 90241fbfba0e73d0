/** Ends a server whose own word cannot be had: by the agent on its host, or else by whichever hook says that it is down. */

import { asFault, type Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { HostAgent } from '../../core/host.ts';
import type { StepOutput, Unmet } from '../../core/operation.ts';
import type { Target } from '../../core/plan.ts';
import type { HookSettings } from '../../core/policy.ts';
import { letStart } from '../../core/switchover/repair.ts';
import type { Run } from './run.ts';

export interface PutDownMeans {
  readonly agent: HostAgent | undefined;
  /** For each of the agent's two answers. */
  readonly agentMs: number;
  readonly hooks: readonly HookSettings[];
}

/** A hook is ended at its own time-out; this is for its end. */
const hookMarginMs = 1000;

/** Once it says so, the server acknowledges nothing any more and is kept from starting; `none`: nothing answered, and why. */
export async function end(
  server: Target,
  { agent, agentMs, hooks }: PutDownMeans,
  { surroundings, operation, plan }: Run,
  call: Call,
): Promise<StepOutput> {
  const reasons: string[] = [];
  if (agent) {
    try {
      const { how } = await agent.fence({ ...call, deadlineMs: agentMs });
      return { fence: 'agent', note: how === 'killed' ? 'it was ended' : 'it was gone already' };
    } catch (thrown) {
      reasons.push(expectAllowed(thrown, call).message);
    }
  }
  for (const hook of hooks) {
    try {
      // The one that is to be down, whichever part it has in the plan.
      const occasion = { operation, plan: { ...plan, from: server }, moment: 'fence' } as const;
      const deadlineMs = hook.timeoutMs + hookMarginMs;
      await surroundings.runHook(hook, occasion, { ...call, deadlineMs });
      return { fence: 'hook', note: `${hook.command[0]} says that it is down` };
    } catch (thrown) {
      reasons.push(expectAllowed(thrown, call).message);
    }
  }
  return { fence: 'none', note: reasons.join('; ') };
}

/** As `end`, and the server starts again read-only: whatever it took is compared once it is back as a replica. */
export async function putDown(
  server: Target,
  means: PutDownMeans,
  run: Run,
  call: Call,
): Promise<StepOutput> {
  const ended = await end(server, means, run, call);
  if (ended.fence !== 'agent' || !means.agent) return ended;
  try {
    await means.agent.unfence({ start: 'read-only' }, { ...call, deadlineMs: means.agentMs });
    return ended;
  } catch (thrown) {
    return { ...ended, unmet: keptDown(server, expectAllowed(thrown, call)) };
  }
}

const keptDown = (server: Target, { code, message }: Fault): Unmet => ({
  problem: { code, message: `its agent ended it, and may keep it down: ${message}` },
  repair: letStart(server),
});

/** What it failed with, where the caller may go on to the next means. */
export function expectAllowed(thrown: unknown, call: Call): Fault {
  call.signal.throwIfAborted();
  const fault = asFault(thrown);
  if (fault.code === 'lease-lost') throw fault;
  return fault;
}
