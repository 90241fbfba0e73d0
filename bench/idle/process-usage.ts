/** What a process has used so far, by the kernel's books. */
import { readFile } from 'node:fs/promises';

export interface ProcessUsage {
  /** User and system time of all its threads. The kernel tells it in steps of 10 ms. */
  readonly cpuMs: number;
  readonly rssMiB: number;
  /** The most it ever had. */
  readonly peakRssMiB: number;
}

/** USER_HZ: 100 on every machine that Node runs on. */
const TICKS_A_SECOND = 100;

export async function processUsage(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  return { cpuMs: cpuMsOf(stat), rssMiB: mebibytes(status, 'VmRSS'), peakRssMiB: mebibytes(status, 'VmHWM') };
}

/** The program's name stands in brackets and may hold blanks; what is counted comes after it. */
function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return ((user + system) * 1000) / TICKS_A_SECOND;
}

function mebibytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
}
