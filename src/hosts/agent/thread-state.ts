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

/** `main`: the state of the process, which is that of its first thread. Undefined: it is as good as gone. */
export function stateOf(main: string, threads: () => readonly Thread[]): 'runs' | 'frozen' | undefined {
  if (stopped.test(main)) return 'frozen';
  if (!ended.test(main) && !waitsForDisk.test(main)) return 'runs';
  return threads().every(neverRuns) ? undefined : 'runs';
}

/**
 * Before a thread that waits for a disk gets back to its program, the kernel looks at its signals, and SIGKILL ends it:
 * it cannot acknowledge anything any more, be the disk stuck for a second or for good. What it was writing may still
 * come: nobody was told of it.
 */
function neverRuns({ state, killed }: Thread): boolean {
  return ended.test(state) || (waitsForDisk.test(state) && killed);
}

/** From `status`: whether SIGKILL, the ninth bit, is pending for the thread or for all of them. */
export function isKilled(status: string | undefined): boolean {
  const pending = status?.match(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm) ?? [];
  return pending.some((line) => (BigInt(`0x${line.replace(/^\w+:\s*/, '')}`) & 0x100n) !== 0n);
}
