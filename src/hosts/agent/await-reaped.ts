/** A server that has ended and whose parent has not taken notice yet. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Call, Clock } from '../../core/clock.ts';

/** A container's first process may do it every few seconds, or never. */
const patienceMs = 10_000;

/**
 * Returns when none of the processes of such a name that have ended is left in the process table, or after 10 s. Until
 * then MySQL takes its own socket to be in use and does not start ("Another process with pid … is using unix socket
 * file": `Unix_socket_lock` asks kill(2), which finds them).
 */
export async function awaitReaped(programs: readonly string[], call: Call, clock: Clock): Promise<void> {
  const began = clock.monotonic();
  const ended = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isUnreaped(pid, programs));
  while (ended.some((pid) => isUnreaped(pid, programs)) && clock.monotonic() - began < patienceMs)
    await clock.sleep(20, call.signal);
}

function isUnreaped(pid: string, programs: readonly string[]): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    return stat[end + 2] === 'Z' && programs.includes(stat.slice(stat.indexOf('(') + 1, end));
  } catch {
    return false;
  }
}
