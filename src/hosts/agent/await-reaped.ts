/** A server that has ended and whose parent has not taken notice yet. */
import type { Call, Clock } from '../../core/clock.ts';
import { allPids, isUnreaped } from './process-table.ts';

/** A container's first process may do it every few seconds, or never. */
const patienceMs = 10_000;

/**
 * Returns when none of the processes of such a name that have ended is left in the process table, or after 10 s. Until
 * then MySQL takes its own socket to be in use and does not start ("Another process with pid … is using unix socket
 * file": `Unix_socket_lock` asks kill(2), which finds them).
 */
export async function awaitReaped(programs: readonly string[], call: Call, clock: Clock): Promise<void> {
  const began = clock.monotonic();
  const ended = allPids().filter((pid) => isUnreaped(pid, programs));
  while (ended.some((pid) => isUnreaped(pid, programs)) && clock.monotonic() - began < patienceMs)
    await clock.sleep(20, call.signal);
}
