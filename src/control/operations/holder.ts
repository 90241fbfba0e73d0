/**
 * This controller's name on the leases it holds. It carries the machine's boot and the process's start time, so
 * that a controller that comes up after a crash on the same machine knows at once that its predecessor is dead.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Holder {
  readonly name: string;
  /** Certainly dead; false when it cannot be told. */
  isDead(holder: string): boolean;
  /** It ran on this machine since its last start: what it handed to the operating system is still there. */
  sameBoot(holder: string): boolean;
}

/** Start time of a process in clock ticks since boot; undefined when there is no such process. proc(5), field 22. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field may hold spaces and brackets; counting starts behind its last bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Where process numbers mean the same: one boot of one machine, one pid namespace. */
function neighbourhood(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`.replaceAll('/', '_');
  } catch {
    return undefined;
  }
}

export function processHolder(): Holder {
  const here = neighbourhood();
  const ticks = startTicks(process.pid);
  const near = (holder: string): boolean => here !== undefined && holder.startsWith(`${here}/`);
  return {
    name: `${here ?? hostname()}/${process.pid}/${ticks ?? '0'}`,
    isDead: (holder) => {
      const [, pid, itsTicks] = holder.split('/');
      return near(holder) && ticks !== undefined && startTicks(Number(pid)) !== itsTicks;
    },
    sameBoot: near,
  };
}
