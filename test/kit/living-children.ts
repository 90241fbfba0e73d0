/**
 * The last resort: whatever the kit started and is still running ends when this process does. (A SIGKILL of
 * this process is covered by the kernel: see `--pdeathsig` in child.ts.)
 */
const living = new Set<number>();
let watching = false;

export function addLiving(pid: number): void {
  living.add(pid);
  if (watching) return;
  watching = true;
  process.on('exit', killAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

export function removeLiving(pid: number): void {
  living.delete(pid);
}

/** A program with a handler of its own decides when it is over; the exit hook still holds then. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  killAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

function killAll(): void {
  for (const pid of living) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  }
  living.clear();
}
