/** A server that was only just started does not take connections yet. */

import { asFault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { Target } from '../../core/plan.ts';
import type { Run } from './run.ts';

const lookMs = 2000;
const pauseMs = 100;

/** Throws what the last look said when the deadline is near. */
export async function awaitAnswer(server: Target, { surroundings }: Run, call: Call): Promise<void> {
  const { link, clock } = surroundings;
  const began = clock.monotonic();
  for (;;) {
    const left = call.deadlineMs - (clock.monotonic() - began);
    try {
      await link(server).probe({ ...call, deadlineMs: Math.min(lookMs, left) });
      return;
    } catch (thrown) {
      call.signal.throwIfAborted();
      const fault = asFault(thrown);
      if (!fault.retryable || left < pauseMs * 2) throw fault;
      await clock.sleep(pauseMs, call.signal);
    }
  }
}
