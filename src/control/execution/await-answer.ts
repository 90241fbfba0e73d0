/** A server that was only just started, or has only just gone down, does not take connections yet. */

import { asFault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { Target } from '../../core/plan.ts';
import type { Run } from './run.ts';

const lookMs = 2000;
const pauseMs = 100;

/**
 * It may have been about to go down when it was last seen to run, as one is at the end of its copy (seen on MySQL 9.7:
 * a controller that took over in that moment waited in vain). Its agent starts it then, read-only. Never throws.
 */
export async function startWhenGone(server: Target, { surroundings }: Run, call: Call): Promise<void> {
  const agent = surroundings.agent(server);
  const host = await agent?.state(call).catch(() => undefined);
  if (agent && host?.server === 'gone')
    await agent.unfence({ start: 'read-only' }, call).catch(() => undefined);
}

/** Throws what the last look said when the deadline is near. */
export async function awaitAnswer(server: Target, run: Run, call: Call): Promise<void> {
  const { link, clock } = run.surroundings;
  const began = clock.monotonic();
  for (;;) {
    const left = call.deadlineMs - (clock.monotonic() - began);
    const brief = { ...call, deadlineMs: Math.min(lookMs, left) };
    try {
      await link(server).probe(brief);
      return;
    } catch (thrown) {
      call.signal.throwIfAborted();
      const fault = asFault(thrown);
      if (!fault.retryable || left < pauseMs * 2) throw fault;
      await startWhenGone(server, run, brief);
      await clock.sleep(pauseMs, call.signal);
    }
  }
}
