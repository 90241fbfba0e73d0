/** Ends the server the hard way. */
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import { processState } from './process-table.ts';

/** False when it was gone already. SIGKILL also ends a process that is stopped. */
export function endProcess(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH') return false;
    throw new Fault('config-invalid', `the agent may not end process ${pid}: ${String(thrown)}`, {
      cause: thrown,
    });
  }
}

/** Also returns for one that only a stuck disk keeps from ending: see `stateOf`. */
export function awaitGone(pid: number, call: Call, clock: Clock): Promise<void> {
  return withDeadline(clock, call, `the end of process ${pid}`, async (signal) => {
    while (processState(pid) !== undefined) await clock.sleep(1, signal);
  });
}
