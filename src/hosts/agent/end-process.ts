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

/**
 * Any process waits for its disk now and then while it ends. One that does so in each of so many looks, for so long, is
 * kept from ending by a stuck disk.
 */
const doomedMs = 200;
const doomedLooks = 10;

/** `doomed`: it is as good as gone, but its locks and sockets are still held; see `ProcessState`. */
export function awaitGone(
  pid: number,
  call: Call,
  clock: Clock,
  look: typeof processState = processState,
): Promise<'ended' | 'doomed'> {
  return withDeadline(clock, call, `the end of process ${pid}`, async (signal) => {
    let since = clock.monotonic();
    let looks = 0;
    for (let state = look(pid); state !== undefined; state = look(pid)) {
      if (state !== 'doomed') looks = 0;
      else if (looks++ === 0) since = clock.monotonic();
      else if (looks > doomedLooks && clock.monotonic() - since > doomedMs) return 'doomed';
      await clock.sleep(1, signal);
    }
    return 'ended';
  });
}
