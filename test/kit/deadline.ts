/** Nothing in the kit waits without an end. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Settles as `work` does, or throws after `deadlineMs`; what `work` does afterwards is nobody's concern. */
export function within<T>(
  what: string,
  deadlineMs: number,
  work: Promise<T>,
  late: () => Error = () => new Error(`${what}: not within ${deadlineMs} ms`),
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(late()), deadlineMs);
  work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}

export interface UntilOptions {
  readonly deadlineMs: number;
  readonly everyMs?: number;
}

/** What every wait for what comes by itself may take before it counts as hanging. */
export const SOON: UntilOptions = { deadlineMs: 20_000, everyMs: 50 };

/** Asks again and again until `probe` gives something other than undefined or false. A throw ends the waiting. */
export async function until<T>(
  what: string,
  { deadlineMs, everyMs = 20 }: UntilOptions,
  probe: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  const late = (): Error => new Error(`${what}: not within ${deadlineMs} ms`);
  for (;;) {
    const left = Math.ceil(end - performance.now());
    if (left <= 0) throw late();
    const found = await within(what, left, probe(), late);
    if (found !== undefined && found !== false) return found;
    await sleep(Math.min(everyMs, Math.max(0, end - performance.now())));
  }
}
