/** The machine's own time behind the clock port. */
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // A timer takes a millisecond at least; for 0 what is due in this turn of the event loop is let happen, no more.
  sleep: async (ms, signal) => {
    const options = signal ? { signal } : {};
    try {
      await (ms <= 0 ? turn(undefined, options) : wait(ms, undefined, options));
    } catch (thrown) {
      throw signal?.aborted ? signal.reason : thrown;
    }
  },
};
