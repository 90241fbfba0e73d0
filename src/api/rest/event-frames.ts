/** Control events as server-sent events: an id to resume by, and a comment now and then to keep the line alive. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlEvent } from '../../control/control-plane.ts';

/** What a client that lost its connection waits before it comes back. */
const retryMs = 1000;

/**
 * Ends with the signal. The event source is asked for its first event before the first frame is given out:
 * who has read the head of the answer misses nothing that happens from then on.
 */
export async function* eventFrames(
  events: AsyncIterable<ControlEvent>,
  heartbeatMs: number,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    // Read again below; here only so that a failure meanwhile is not reported as unhandled.
    next.catch(() => undefined);
    yield `retry: ${retryMs}\n\n`;
    while (!signal.aborted) {
      const result = await within(next, heartbeatMs, signal);
      if (result === 'late') {
        yield ': still here\n\n';
        continue;
      }
      if (result === 'aborted' || result.done === true) return;
      yield frame(result.value);
      next = iterator.next();
      next.catch(() => undefined);
    }
  } finally {
    // Not awaited: it would wait for a `next` that may still be pending, and the signal ends that one.
    void iterator.return?.().catch(() => undefined);
  }
}

function frame(event: ControlEvent): string {
  return `id: ${event.revision}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function within<T>(
  pending: Promise<T>,
  ms: number,
  signal: AbortSignal,
): Promise<T | 'late' | 'aborted'> {
  const timer = new AbortController();
  const onAbort = (): void => timer.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) timer.abort();
  const late = sleep(ms, 'late' as const, { signal: timer.signal }).catch(() => 'aborted' as const);
  try {
    return await Promise.race([pending, late]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    timer.abort();
  }
}
