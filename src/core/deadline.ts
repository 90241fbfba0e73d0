/** Bounds a wait: by time and by an abort signal, whichever comes first. Drivers hang; this does not. */
import type { Call, Clock } from './clock.ts';

export class DeadlineExceeded extends Error {
  readonly what: string;
  readonly deadlineMs: number;
  constructor(what: string, deadlineMs: number) {
    const ms = Math.max(1, Math.round(deadlineMs));
    super(`${what}: no answer within ${ms} ms`);
    this.name = 'DeadlineExceeded';
    this.what = what;
    this.deadlineMs = ms;
  }
}

/**
 * Runs `work` with a signal that fires at the deadline or with the call's own signal. The returned promise
 * settles no later than that, even when `work` never does; `work` is expected to clean up on the signal.
 */
export async function withDeadline<T>(
  clock: Clock,
  call: Call,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  call.signal.throwIfAborted();
  const inner = new AbortController();
  const timer = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    inner.abort(reason);
    reject(reason);
  };
  const onAbort = (): void => end(call.signal.reason);
  call.signal.addEventListener('abort', onAbort, { once: true });
  clock.sleep(call.deadlineMs, timer.signal).then(
    () => end(new DeadlineExceeded(what, call.deadlineMs)),
    () => undefined,
  );
  try {
    return await Promise.race([work(inner.signal), ended]);
  } finally {
    call.signal.removeEventListener('abort', onAbort);
    timer.abort();
    ended.catch(() => undefined);
  }
}

/** What is left of a call that several waits share: at least a millisecond. */
export function countdown(clock: Pick<Clock, 'monotonic'>, call: Call): () => Call {
  const began = clock.monotonic();
  return () => ({ ...call, deadlineMs: Math.max(1, call.deadlineMs - (clock.monotonic() - began)) });
}
