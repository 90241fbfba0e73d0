/** What a process may still do, from the states of its threads as the kernel gives them (proc(5)). Pure. */

export interface Thread {
  /** The letter in `stat`. */
  readonly state: string;
  /** SIGKILL waits for it. */
  readonly killed: boolean;
}

/** Ended; whoever waits for it has only not taken notice yet. */
const ended = /[ZX]/;
const stopped = /[Tt]/;
/** Within a system call that no signal ends: it waits for a disk. */
const waitsForDisk = /D/;

/**
 * `doomed`: it was killed, and what is left of it waits for a disk. Before such a thread gets back to its program, the
 * kernel looks at its signals, and SIGKILL ends it: it cannot acknowledge anything any more, be the disk stuck for a
 * second or for good. What it was writing may still come: nobody was told of it.
 */
export type ProcessState = 'runs' | 'frozen' | 'doomed';

/** `main`: the state of the process, which is that of its first thread. Undefined: it has ended. */
export function stateOf(main: string, threads: () => readonly Thread[]): ProcessState | undefined {
  if (stopped.test(main)) return 'frozen';
  if (!ended.test(main) && !waitsForDisk.test(main)) return 'runs';
  const left = threads().filter(({ state }) => !ended.test(state));
  if (left.length === 0) return undefined;
  return left.every(({ state, killed }) => waitsForDisk.test(state) && killed) ? 'doomed' : 'runs';
}

/** From `status`: whether SIGKILL, the ninth bit, is pending for the thread or for all of them. */
export function isKilled(status: string | undefined): boolean {
  const pending = status?.match(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm) ?? [];
  return pending.some((line) => (BigInt(`0x${line.replace(/^\w+:\s*/, '')}`) & 0x100n) !== 0n);
}
