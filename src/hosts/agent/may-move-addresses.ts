/** Whether the agent's process, and the programs it runs, may change the host's addresses. */
import { readFile } from 'node:fs/promises';
import { Fault } from '../../contract/errors.ts';

/** CAP_NET_ADMIN of capabilities(7). */
const netAdmin = 12n;

/** Throws `config-invalid`: better at the agent's start than in the middle of a failover. */
export async function requireNetAdmin(): Promise<void> {
  const status = await readFile('/proc/self/status', 'utf8');
  if (passesOnNetAdmin(status)) return;
  throw new Fault(
    'config-invalid',
    'addresses: the agent needs CAP_NET_ADMIN to move them: run it as root, or with AmbientCapabilities=CAP_NET_ADMIN',
  );
}

/** `status` as in /proc/PID/status. What `ip` gets: all of root's, or what is ambient. */
export function passesOnNetAdmin(status: string): boolean {
  const has = (set: string): boolean => {
    const mask = BigInt(`0x${new RegExp(`^${set}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`);
    return ((mask >> netAdmin) & 1n) === 1n;
  };
  const effectiveUser = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1];
  return has('CapEff') && (effectiveUser === '0' || has('CapAmb'));
}
